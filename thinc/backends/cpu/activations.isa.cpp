#include "thinc/formula/activations.h"

#include "thinc/loops/cpu/map.h"
#include "thinc/loops/cpu/pieces.h"

namespace thinc {
namespace LEVEL {
namespace {

using namespace formula;

struct Exp : Elementwise<Exp> {
    template <class T>
    static T value(T x) {
        return exp(x);
    }
};
struct Log : Elementwise<Log> {
    template <class T>
    static T value(T x) {
        return log(x);
    }
};
struct Erf : Elementwise<Erf> {
    template <class T>
    static T value(T x) {
        return erf(x);
    }
};
struct Logistic : Elementwise<Logistic> {
    template <class T>
    static T value(T x) {
        return sigmoid(x);
    }
};

constexpr ActivationsTable build() {
    ActivationsTable k = {};
    k.math[0] = map<Exp>();
    k.math[1] = map<Log>();
    k.math[2] = map<Tanh>();
    k.math[3] = map<Erf>();
    k.math[4] = map<Logistic>();

    k.sigmoid = map<Sigmoid>();
    k.dsigmoid = slopes<Sigmoid>();
    k.dtanh = slopes<Tanh>();
    k.relu = map<Relu>();
    k.clipped_linear = map<ClippedLinear>();
    k.hard_swish = map<HardSwish>();
    k.hard_swish_mobilenet = map<HardSwishMobilenet>();
    k.swish = map<Swish>();
    k.dish = map<Dish>();
    k.mish = map<Mish>();
    k.polynomial_erf = map<PolynomialErf>();
    k.sechsq = map<SechSquared>();
    k.gelu = map<Gelu>();
    k.gelu_approx = map<GeluApprox>();

    k.backprop_sigmoid = gradients<Sigmoid>();
    k.backprop_relu = gradients<Relu>();
    k.backprop_clipped_linear = gradients<ClippedLine>();
    k.backprop_hard_swish = gradients<HardSwish>();
    k.backprop_hard_swish_mobilenet = gradients<HardSwishMobilenet>();
    k.backprop_swish = gradients3<Swish>();
    k.backprop_dish = gradients<Dish>();
    k.backprop_mish = gradients<Mish>();
    k.backprop_gelu = gradients<Gelu>();
    k.backprop_gelu_approx = gradients<GeluApprox>();

    k.maxout_f32 = maxout;
    k.maxout_f64 = maxout;
    k.backprop_maxout_f32 = backprop_maxout;
    k.backprop_maxout_f64 = backprop_maxout;
    k.all_below = all_below;
    return k;
}

}  // namespace
}  // namespace LEVEL

template <>
const ActivationsTable At<ActivationsTable, Isa::LEVEL>::table = LEVEL::build();

}  // namespace thinc

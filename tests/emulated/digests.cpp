// Digests of what the kernels of one level compute, for comparison with those of another. Products are also held to
// their definition here, one chain of fused multiply-adds for each element: the exit status says whether they are.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "thinc/kernels/activations.h"
#include "thinc/kernels/embedding.h"
#include "thinc/kernels/gemm.h"
#include "thinc/kernels/normalization.h"
#include "thinc/kernels/optimizers.h"

using namespace thinc;

namespace {

std::mt19937 generator(1);

size_t up_to(size_t most) { return 1 + generator() % most; }

template <class T> std::vector<T> numbers(size_t n) {
    std::vector<T> X(n);
    for (T& x : X) x = T(double(generator()) / 4294967296.0 * 6 - 3);
    return X;
}

template <class T> uint64_t digest(const std::vector<T>& X, uint64_t hash = 14695981039346656037ull) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(X.data());
    for (size_t i = 0; i < X.size() * sizeof(T); ++i) hash = (hash ^ bytes[i]) * 1099511628211ull;
    return hash;
}

template <class T, class Gemm> size_t products(const char* name, Gemm gemm) {
    const CacheSizes caches{32 << 10, 1 << 20};
    void* scratch = std::aligned_alloc(4096, GEMM_SCRATCH + 65536);
    size_t elements = 0, wrong = 0;
    uint64_t hash = 0;
    for (int i = 0; i < 400; ++i) {
        const bool large = i % 20 == 0, trans_a = generator() % 2, trans_b = generator() % 2;
        const size_t M = up_to(large ? 150 : 40), N = up_to(large ? 150 : 70), K = up_to(large ? 400 : 90);
        const size_t lda = (trans_a ? M : K) + generator() % 3, ldb = (trans_b ? K : N) + generator() % 3;
        const auto A = numbers<T>((trans_a ? K : M) * lda), B = numbers<T>((trans_b ? N : K) * ldb);
        const auto bias = numbers<T>(N);
        auto C = numbers<T>(M * N);
        gemm(GemmArgs<T>{trans_a, trans_b, M, N, K, T(1), A.data(), lda, B.data(), ldb, T(0), C.data(), N, bias.data()},
             caches, scratch);
        for (size_t m = 0; m < M; ++m)
            for (size_t n = 0; n < N; ++n) {
                T sum = 0;
                for (size_t k = 0; k < K; ++k)
                    sum = std::fma(trans_a ? A[k * lda + m] : A[m * lda + k], trans_b ? B[n * ldb + k] : B[k * ldb + n],
                                   sum);
                sum += bias[n];
                wrong += std::memcmp(&sum, &C[m * N + n], sizeof(T)) != 0;
            }
        elements += M * N;
        hash = digest(C, hash ^ 1);
    }
    std::free(scratch);
    std::printf("%s: %zu elements, %zu wrong, %016llx\n", name, elements, wrong, (unsigned long long)hash);
    return wrong;
}

void print(const char* name, uint64_t hash) { std::printf(" %s %016llx", name, (unsigned long long)hash); }

void rows(size_t I) {
    constexpr size_t B = 13;
    const auto X = numbers<float>(B * I), dY = numbers<float>(B * I), G = numbers<float>(I), b = numbers<float>(I);
    std::vector<float> Y(B * I), mean(B), rstd(B), dG(I), db(I);
    std::printf("width %zu:", I);

    const auto& normalization = At<NormalizationTable, Isa::LEVEL>::table.f32;
    normalization.softmax(Y.data(), X.data(), B, I, 1);
    print("softmax", digest(Y));
    normalization.layer_norm(Y.data(), mean.data(), rstd.data(), X.data(), G.data(), b.data(), B, I, 1e-8);
    print("layer_norm", digest(Y));
    normalization.backprop_layer_norm(Y.data(), dG.data(), db.data(), dY.data(), X.data(), mean.data(), rstd.data(),
                                      G.data(), B, I);
    print("backprop_layer_norm", digest(db, digest(dG, digest(Y))));

    const auto& activations = At<ActivationsTable, Isa::LEVEL>::table;
    const double threshold = 20;
    const struct {
        const char* name;
        MapOp op;
    } maps[] = {{"exp", activations.math[0]}, {"log", activations.math[1]},     {"tanh", activations.math[2]},
                {"erf", activations.math[3]}, {"sigmoid", activations.math[4]}, {"gelu", activations.gelu},
                {"mish", activations.mish}};
    for (const auto& map : maps) {
        map.op.f32(Y.data(), X.data(), B * I, &threshold);
        print(map.name, digest(Y));
    }

    const Step<float> step{.001f, .9f, .999f, .1f, .001f, 1e-8f, 1, .01f, .5f, .001f, 0, true};
    auto W = X, dW = dY, v = numbers<float>(B * I), m = numbers<float>(B * I);
    for (float& x : v) x = std::fabs(x);
    At<OptimizersTable, Isa::LEVEL>::table.f32.adam(W.data(), dW.data(), m.data(), v.data(), nullptr, B * I, &step);
    print("adam", digest(v, digest(m, digest(W))));

    std::vector<uint32_t> indices(4 * B);
    for (auto& index : indices) index = uint32_t(up_to(B) - 1);
    At<EmbeddingTable, Isa::LEVEL>::table.gather_add.f32(Y.data(), X.data(), indices.data(), B, 4, I);
    print("gather_add", digest(Y));
    std::printf("\n");
}

}  // namespace

int main() {
    const auto& gemm = At<GemmTable, Isa::LEVEL>::table;
    const size_t wrong = products<float>("sgemm", gemm.sgemm) + products<double>("dgemm", gemm.dgemm);
    for (size_t I : {1, 7, 16, 33, 96, 384, 1500}) rows(I);
    return wrong != 0;
}

using System.Runtime.InteropServices;

namespace Cirrus.Cli.Bench;

/// <summary>The peer of <c>bench gemm</c>: OpenBLAS, when this machine has it.</summary>
internal sealed class OpenBlas
{
    private const int RowMajor = 101, Plain = 111, Transposed = 112;
    private readonly Sgemm _sgemm;
    private readonly SetThreads _setThreads;

    private OpenBlas(nint library)
    {
        _sgemm = Marshal.GetDelegateForFunctionPointer<Sgemm>(NativeLibrary.GetExport(library, "cblas_sgemm"));
        _setThreads = Marshal.GetDelegateForFunctionPointer<SetThreads>(NativeLibrary.GetExport(library, "openblas_set_num_threads"));
        Version = Marshal.PtrToStringUTF8(
            Marshal.GetDelegateForFunctionPointer<GetConfig>(NativeLibrary.GetExport(library, "openblas_get_config"))()) ?? "";
    }

    private delegate void Sgemm(int order, int transA, int transB, int m, int n, int k, float alpha, float[] a, int lda, float[] b, int ldb,
        float beta, float[] c, int ldc);

    private delegate void SetThreads(int count);

    private delegate nint GetConfig();

    /// <summary>"OpenBLAS 0.3.21 ... kernel", as the library says of itself.</summary>
    public string Version { get; }

    public int Threads
    {
        set => _setThreads(value);
    }

    public static OpenBlas? Find() => NativeLibrary.TryLoad("libopenblas.so.0", out nint library) ? new(library) : null;

    /// <summary>c[M, N] = a[M, K]·b[N, K]ᵀ.</summary>
    public void Multiply(float[] c, float[] a, float[] b, int m, int n, int k) =>
        _sgemm(RowMajor, Plain, Transposed, m, n, k, 1f, a, k, b, k, 0f, c, n);
}

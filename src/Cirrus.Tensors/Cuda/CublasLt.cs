namespace Cirrus.Tensors.Cuda;

/// <summary>NVIDIA's matrix products: the calls of cuBLASLt, each of which throws when it fails.</summary>
/// <remarks>Source: NVIDIA, cuBLAS documentation, "Using the cuBLASLt API"; the numbers are those of cublasLt.h.</remarks>
internal sealed unsafe class CublasLt
{
    public const int Float32 = 0, BFloat16 = 14;
    public const int Compute32 = 68, ComputeTf32 = 77;

    private readonly delegate* unmanaged<nint*, int> _create, _preferenceCreate;
    private readonly delegate* unmanaged<nint, int> _destroy, _descDestroy, _layoutDestroy, _preferenceDestroy;
    private readonly delegate* unmanaged<nint*, int, int, int> _descCreate;
    private readonly delegate* unmanaged<nint*, int, ulong, ulong, long, int> _layoutCreate;
    private readonly delegate* unmanaged<nint, int, void*, nuint, int> _descSet, _preferenceSet;
    private readonly delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, int, ProductAlgorithm*, int*, int> _heuristic;
    private readonly delegate* unmanaged<nint, nint, void*, nint, nint, nint, nint, void*, nint, nint, nint, nint,
        ProductAlgorithm*, nint, nuint, nint, int> _matmul;

    private CublasLt(CudaLibrary library)
    {
        _create = (delegate* unmanaged<nint*, int>)library.Function("cublasLtCreate");
        _destroy = (delegate* unmanaged<nint, int>)library.Function("cublasLtDestroy");
        _descCreate = (delegate* unmanaged<nint*, int, int, int>)library.Function("cublasLtMatmulDescCreate");
        _descSet = (delegate* unmanaged<nint, int, void*, nuint, int>)library.Function("cublasLtMatmulDescSetAttribute");
        _descDestroy = (delegate* unmanaged<nint, int>)library.Function("cublasLtMatmulDescDestroy");
        _layoutCreate = (delegate* unmanaged<nint*, int, ulong, ulong, long, int>)library.Function("cublasLtMatrixLayoutCreate");
        _layoutDestroy = (delegate* unmanaged<nint, int>)library.Function("cublasLtMatrixLayoutDestroy");
        _preferenceCreate = (delegate* unmanaged<nint*, int>)library.Function("cublasLtMatmulPreferenceCreate");
        _preferenceSet = (delegate* unmanaged<nint, int, void*, nuint, int>)library.Function("cublasLtMatmulPreferenceSetAttribute");
        _preferenceDestroy = (delegate* unmanaged<nint, int>)library.Function("cublasLtMatmulPreferenceDestroy");
        _heuristic = (delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, int, ProductAlgorithm*, int*, int>)library
            .Function("cublasLtMatmulAlgoGetHeuristic");
        _matmul = (delegate* unmanaged<nint, nint, void*, nint, nint, nint, nint, void*, nint, nint, nint, nint,
            ProductAlgorithm*, nint, nuint, nint, int>)
            library.Function("cublasLtMatmul");
    }

    /// <summary>Finds the newest of CUDA's versions that a driver of this version runs.</summary>
    /// <exception cref="CirrusException">There is none.</exception>
    public static CublasLt Open(IReadOnlyList<string?> places, int driverVersion) => new(CudaLibrary.OfToolkit(places, driverVersion,
        "matrix products cuBLASLt were not", major => OperatingSystem.IsWindows() ? $"cublasLt64_{major}.dll" : $"libcublasLt.so.{major}"));

    public nint Create()
    {
        nint handle = 0;
        Check(_create(&handle), "cublasLtCreate");
        return handle;
    }

    public void Destroy(nint handle) => Check(_destroy(handle), "cublasLtDestroy");

    public nint CreateDescription(int compute)
    {
        nint description = 0;
        Check(_descCreate(&description, compute, Float32), "cublasLtMatmulDescCreate");
        return description;
    }

    public void Set<T>(nint description, ProductAttribute attribute, T value) where T : unmanaged =>
        Check(_descSet(description, (int)attribute, &value, (nuint)sizeof(T)), "cublasLtMatmulDescSetAttribute");

    public void DestroyDescription(nint description) => Check(_descDestroy(description), "cublasLtMatmulDescDestroy");

    /// <summary>A matrix of columns that lie one behind the other, <paramref name="stride"/> elements apart.</summary>
    public nint CreateLayout(int type, long rows, long columns, long stride)
    {
        nint layout = 0;
        Check(_layoutCreate(&layout, type, (ulong)rows, (ulong)columns, stride), "cublasLtMatrixLayoutCreate");
        return layout;
    }

    public void DestroyLayout(nint layout) => Check(_layoutDestroy(layout), "cublasLtMatrixLayoutDestroy");

    public nint CreatePreference()
    {
        nint preference = 0;
        Check(_preferenceCreate(&preference), "cublasLtMatmulPreferenceCreate");
        return preference;
    }

    public void Set<T>(nint preference, PreferenceAttribute attribute, T value) where T : unmanaged =>
        Check(_preferenceSet(preference, (int)attribute, &value, (nuint)sizeof(T)), "cublasLtMatmulPreferenceSetAttribute");

    public void DestroyPreference(nint preference) => Check(_preferenceDestroy(preference), "cublasLtMatmulPreferenceDestroy");

    /// <summary>The algorithm that the library thinks fastest.</summary>
    /// <exception cref="CirrusException">It knows none.</exception>
    public ProductAlgorithm Choose(nint handle, nint description, nint a, nint b, nint c, nint d, nint preference)
    {
        ProductAlgorithm algorithm = default;
        int found = 0;
        Check(_heuristic(handle, description, a, b, c, d, preference, 1, &algorithm, &found), "cublasLtMatmulAlgoGetHeuristic");
        return found > 0 && algorithm.State == 0 ? algorithm : throw Failed("cublasLtMatmulAlgoGetHeuristic", 15);
    }

    /// <summary>D = epilogue(op(A)·op(B) + beta·C), as described.</summary>
    public void Multiply(nint handle, in Product product, nint a, nint b, float beta, nint c, nint d, nint workspace,
        long workspaceBytes, nint stream)
    {
        float one = 1;
        ProductAlgorithm algorithm = product.Algorithm;
        Check(_matmul(handle, product.Description, &one, a, product.A, b, product.B, &beta, c, product.C, d, product.C, &algorithm,
            workspace, (nuint)workspaceBytes, stream), "cublasLtMatmul");
    }

    private static void Check(int status, string call)
    {
        if (status != 0)
            throw Failed(call, status);
    }

    private static CirrusException Failed(string call, int status) => new(
        $"CUDA's {call} failed: {Named(status)}.", hint: "run cirrus selftest --device cuda:0 and report what it says, or use --device cpu");

    private static string Named(int status) => status switch
    {
        1 => "CUBLAS_STATUS_NOT_INITIALIZED",
        3 => "CUBLAS_STATUS_ALLOC_FAILED",
        7 => "CUBLAS_STATUS_INVALID_VALUE",
        8 => "CUBLAS_STATUS_ARCH_MISMATCH",
        13 => "CUBLAS_STATUS_EXECUTION_FAILED",
        14 => "CUBLAS_STATUS_INTERNAL_ERROR",
        15 => "CUBLAS_STATUS_NOT_SUPPORTED",
        _ => $"status {status}",
    };
}

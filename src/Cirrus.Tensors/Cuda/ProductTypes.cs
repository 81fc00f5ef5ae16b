using System.Runtime.CompilerServices;

namespace Cirrus.Tensors.Cuda;

/// <summary>cublasLtMatmulHeuristicResult_t: an algorithm (64 bytes that only the library reads) and what it needs.</summary>
internal struct ProductAlgorithm
{
    public Words Algorithm;
    public nuint WorkspaceBytes;
    public int State;
    public float Waves;
    public Reserved Unused;

    [InlineArray(8)]
    public struct Words
    {
        private ulong _word;
    }

    [InlineArray(4)]
    public struct Reserved
    {
        private int _word;
    }
}

/// <summary>A product that cuBLASLt is ready for; C has the layout of the result.</summary>
internal readonly record struct Product(nint Description, nint A, nint B, nint C, ProductAlgorithm Algorithm);

/// <summary>cublasLtMatmulDescAttributes_t.</summary>
internal enum ProductAttribute
{
    TransposeA = 3,
    TransposeB = 4,
    Epilogue = 7,
    BiasPointer = 8,
}

/// <summary>cublasLtMatmulPreferenceAttributes_t.</summary>
internal enum PreferenceAttribute
{
    MaxWorkspaceBytes = 1,
    AlignmentA = 5,
    AlignmentB = 6,
    AlignmentC = 7,
    AlignmentD = 8,
}

/// <summary>cublasLtEpilogue_t, as far as it is ours: its GELU is the one with a tanh, which no CLIP uses.</summary>
internal enum ProductEpilogue
{
    None = 1,
    Relu = 2,
    Bias = 4,
    BiasRelu = 6,
}

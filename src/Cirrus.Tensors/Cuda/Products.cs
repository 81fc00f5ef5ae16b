using System.Numerics;

namespace Cirrus.Tensors.Cuda;

/// <summary>Matrix products of one device: descriptions and algorithms are made once a shape and kept.</summary>
/// <remarks>
/// cuBLASLt counts columns first, our tensors rows: a row-major [R, C] is its column-major [C, R]. So Y = X·Z is asked for as
/// Yᵀ = Zᵀ·Xᵀ, with the operands swapped and nothing moved.
/// </remarks>
internal sealed class Products : IDisposable
{
    /// <summary>What NVIDIA recommends for Hopper; less slows large products down.</summary>
    private const long WorkspaceBytes = 32L << 20;

    private readonly record struct Shape(int Rows, int Columns, int Inner, bool TransposeX, bool TransposeZ, ElementType From, ElementType To,
        ProductEpilogue Epilogue, int AlignmentX, int AlignmentZ, int AlignmentC, int AlignmentY);

    private readonly Lock _gate = new();
    private readonly Dictionary<Shape, Product> _products = [];
    private readonly CudaDriver _driver;
    private readonly CublasLt _library;
    private readonly nint _stream, _handle;
    private readonly int _compute32;
    private nint _workspace;

    public Products(CudaDriver driver, CublasLt library, nint stream, bool tf32)
    {
        (_driver, _library, _stream) = (driver, library, stream);
        _handle = library.Create();
        _compute32 = tf32 ? CublasLt.ComputeTf32 : CublasLt.Compute32;
    }

    /// <summary>y = epilogue(op(x)·op(z) + c), or without c.</summary>
    /// <param name="y">[rows, columns].</param>
    /// <param name="c">[rows, columns] or null; may be y.</param>
    /// <param name="bias">[columns] or null.</param>
    public void Multiply(Tensor y, Tensor x, bool transposeX, Tensor z, bool transposeZ, int inner, Tensor? c, Tensor? bias = null, bool relu = false)
    {
        if (x.Type != z.Type || (c is not null && c.Type != y.Type))
            throw new NotSupportedException(
                $"A product of {x.Describe()} and {z.Describe()}{(c is null ? "" : $" added to {c.Describe()}")} → {y.Describe()}.");
        ProductEpilogue epilogue = bias is null
            ? (relu ? ProductEpilogue.Relu : ProductEpilogue.None)
            : (relu ? ProductEpilogue.BiasRelu : ProductEpilogue.Bias);
        Tensor added = c ?? y;
        Shape shape = new(y.Rows, y.Columns, inner, transposeX, transposeZ, x.Type, y.Type, epilogue, Alignment(x),
            Alignment(z), Alignment(added), Alignment(y));
        lock (_gate)                                         // the bias is part of the description, which all threads share
        {
            if (_workspace == 0)
                _workspace = _driver.Memory.Allocate(WorkspaceBytes);
            if (!_products.TryGetValue(shape, out Product product))
                _products.Add(shape, product = Make(shape, bias));
            if (bias is not null)
                _library.Set(product.Description, ProductAttribute.BiasPointer, bias.Pointer);
            _library.Multiply(_handle, product, z.Pointer, x.Pointer, c is null ? 0 : 1, added.Pointer, y.Pointer, _workspace,
                WorkspaceBytes, _stream);
        }
    }

    public void Dispose()
    {
        foreach (Product product in _products.Values)
        {
            _library.DestroyDescription(product.Description);
            _library.DestroyLayout(product.A);
            _library.DestroyLayout(product.B);
            _library.DestroyLayout(product.C);
        }
        _products.Clear();
        if (_workspace != 0)
            _driver.Memory.Free(_workspace);
        _library.Destroy(_handle);
    }

    private Product Make(in Shape s, Tensor? bias)
    {
        int from = TypeOf(s.From), to = TypeOf(s.To);
        nint description = _library.CreateDescription(s.From == ElementType.F32 ? _compute32 : CublasLt.Compute32);
        _library.Set(description, ProductAttribute.TransposeA, s.TransposeZ ? 1 : 0);
        _library.Set(description, ProductAttribute.TransposeB, s.TransposeX ? 1 : 0);
        _library.Set(description, ProductAttribute.Epilogue, (int)s.Epilogue);
        if (bias is not null)                                // no algorithm may be found for a bias that is nowhere
            _library.Set(description, ProductAttribute.BiasPointer, bias.Pointer);
        nint a = s.TransposeZ ? _library.CreateLayout(from, s.Inner, s.Columns, s.Inner) : _library.CreateLayout(from, s.Columns, s.Inner, s.Columns);
        nint b = s.TransposeX ? _library.CreateLayout(from, s.Rows, s.Inner, s.Rows) : _library.CreateLayout(from, s.Inner, s.Rows, s.Inner);
        nint c = _library.CreateLayout(to, s.Columns, s.Rows, s.Columns);
        nint preference = _library.CreatePreference();
        _library.Set(preference, PreferenceAttribute.MaxWorkspaceBytes, (ulong)WorkspaceBytes);
        _library.Set(preference, PreferenceAttribute.AlignmentA, (uint)s.AlignmentZ);
        _library.Set(preference, PreferenceAttribute.AlignmentB, (uint)s.AlignmentX);
        _library.Set(preference, PreferenceAttribute.AlignmentC, (uint)s.AlignmentC);
        _library.Set(preference, PreferenceAttribute.AlignmentD, (uint)s.AlignmentY);
        ProductAlgorithm algorithm = _library.Choose(_handle, description, a, b, c, c, preference);
        _library.DestroyPreference(preference);
        return new(description, a, b, c, algorithm);
    }

    /// <summary>The largest power of two, up to 256, that the tensor begins at: the library takes 256 for granted when nothing is said.</summary>
    private static int Alignment(Tensor x) => 1 << Math.Min(8, BitOperations.TrailingZeroCount(x.Pointer));

    private static int TypeOf(ElementType type) => type switch
    {
        ElementType.F32 => CublasLt.Float32,
        ElementType.BF16 => CublasLt.BFloat16,
        _ => throw new NotSupportedException($"Products of {type}."),
    };
}

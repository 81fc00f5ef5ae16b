using Cirrus.Tensors;

namespace Cirrus.Tests;

/// <summary>Named arrays of a golden file, and the comparison that golden tests use.</summary>
internal sealed class Golden : IDisposable
{
    private readonly TensorFile _file;

    public Golden(string path) => _file = TensorFile.Open(path);

    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    public int[] Shape(string name) => [.. _file.Tensors[name].Shape.Select(d => (int)d)];

    public float[] Floats(string name)
    {
        float[] values = new float[_file.Tensors[name].Count];
        _file.Read(name, values);
        return values;
    }

    public byte[] Bytes(string name)
    {
        long[] values = new long[_file.Tensors[name].Count];
        _file.Read(name, values.AsSpan());
        return [.. values.Select(v => checked((byte)v))];
    }

    public long[] Integers(string name)
    {
        long[] values = new long[_file.Tensors[name].Count];
        _file.Read(name, values.AsSpan());
        return values;
    }

    /// <summary>Rows of an integer matrix.</summary>
    public int[][] Rows(string name)
    {
        long[] values = new long[_file.Tensors[name].Count];
        _file.Read(name, values.AsSpan());
        int columns = Shape(name)[^1];
        return [.. values.Select(v => (int)v).Chunk(columns)];
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Every value within <paramref name="relative"/> times the largest expected one.</summary>
    public static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float relative)
    {
        Assert.Equal(expected.Length, actual.Length);
        float largest = 0, worst = 0;
        for (int i = 0; i < expected.Length; i++)
            (largest, worst) = (MathF.Max(largest, MathF.Abs(expected[i])),
                float.IsNaN(actual[i]) ? float.NaN : MathF.Max(worst, MathF.Abs(expected[i] - actual[i])));
        Assert.True(worst <= relative * largest, $"differs by {worst:G3}, allowed {relative * largest:G3}");
    }
}

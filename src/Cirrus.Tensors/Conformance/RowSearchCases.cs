using Cirrus.Tensors.Cpu;

namespace Cirrus.Tensors.Conformance;

/// <summary>Products of bytes, the first pass of a search, against plain loops.</summary>
internal static class RowSearchCases
{
    public static IEnumerable<ConformanceCase> All()
    {
        foreach ((int rows, int queries, int width) in new[] { (1, 1, 64), (7, 2, 128), (64, 1, 768), (33, 5, 512), (4, 64, 192) })
            foreach (bool extreme in new[] { false, true })
                yield return new("ByteDots.Multiply",
                    $"{rows} rows, {queries} queries, {width} wide{(extreme ? ", largest numbers" : "")}", 0, "integers are exact",
                    _ => Same(rows, queries, width, extreme) ? 0 : double.PositiveInfinity);
    }

    private static unsafe bool Same(int rows, int queries, int width, bool extreme)
    {
        Philox random = new(11, 4);
        byte[] codes = [.. Enumerable.Range(0, rows * width).Select(i => extreme ? (byte)255 : (byte)random.Integer((ulong)i, 256))];
        sbyte[] asked = [.. Enumerable.Range(0, queries * width).Select(i =>
            extreme ? (sbyte)(i % 2 == 0 ? 127 : 126) : (sbyte)(random.Integer((ulong)(i + codes.Length), 255) - 127))];
        int[] expected = new int[queries * rows], found = new int[queries * rows], widened = new int[queries * rows];
        fixed (byte* x = codes)
        fixed (sbyte* y = asked)
        fixed (int* e = expected, f = found, w = widened)
        {
            ByteDots.Plain(e, rows, x, rows, y, queries, width);
            ByteDots.Multiply(f, rows, x, rows, y, queries, width);
            if (System.Runtime.Intrinsics.X86.Avx2.IsSupported)
                ByteDots.MultiplyWidening(w, rows, x, rows, y, queries, width);
            else
                expected.CopyTo(widened, 0);
        }
        return expected.AsSpan().SequenceEqual(found) && expected.AsSpan().SequenceEqual(widened);
    }
}

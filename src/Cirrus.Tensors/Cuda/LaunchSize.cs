namespace Cirrus.Tensors.Cuda;

/// <summary>How a kernel is started: X·Y·Z blocks of so many threads, each block with so much shared memory beyond what the text declares.</summary>
internal readonly record struct LaunchSize(int X, int Threads, int SharedBytes = 0, int Y = 1, int Z = 1)
{
    /// <summary>Blocks of 256 threads, one for each of <paramref name="count"/> elements.</summary>
    /// <exception cref="OverflowException">More than 2³¹ blocks.</exception>
    public static LaunchSize Elements(long count) => new(checked((int)((count + 255) / 256)), 256);

    /// <summary>One block of 256 threads a row.</summary>
    public static LaunchSize Rows(int rows) => new(rows, 256);

    public bool IsEmpty => X == 0 || Y == 0 || Z == 0;
}

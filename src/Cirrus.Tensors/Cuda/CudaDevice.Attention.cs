using System.Runtime.InteropServices;

namespace Cirrus.Tensors.Cuda;

internal sealed partial class CudaDevice
{
    /// <summary>Of Attention.cu: threads of a block, rows it holds, rows of the other side in its shared memory.</summary>
    private const int AttentionThreads = 128, AttentionRows = 16, AttentionTile = 32;

    /// <summary>Columns that the lanes of a warp hold there.</summary>
    private const int LargestHead = 256;

    internal override void Attention(Tensor y, in AttentionCall call)
    {
        int d = HeadSize(call);
        Launch(Kernel("Attention", "attention", y.Type),
            AttentionGrid(call, call.QRows, (AttentionRows * d) + (AttentionTile * ((2 * d) + 1))), y, Arguments(call));
    }

    internal override void AttentionGradient(Tensor? dq, Tensor? dkv, Tensor? dbias, Tensor dy, in AttentionCall call)
    {
        int d = HeadSize(call), shared = 2 * ((AttentionRows * d) + (AttentionTile * (d + 1)));
        nint stats = Scratch(2L * sizeof(float) * call.QRows.R * call.Heads), arguments = Arguments(call);
        Launch(Kernel("Attention", "attentionQueryGradient", dy.Type), AttentionGrid(call, call.QRows, shared),
            Column(dq, call.QAt), dq?.Columns ?? 0, stats, dy, arguments);
        if (dkv is not null)
            Launch(Kernel("Attention", "attentionKeyGradient", dy.Type), AttentionGrid(call, call.KvRows, shared),
                Column(dkv, call.KAt), Column(dkv, call.VAt), dkv.Columns, stats, dy, arguments);
        if (dbias is not null)
            Launch(Kernel("Attention", "attentionBiasGradient", dy.Type), LaunchSize.Elements(dbias.Count), dbias,
                call.QRows.B, stats, dy, arguments);
    }

    /// <summary>A block for each sequence, head and 16 rows of the longest.</summary>
    private static LaunchSize AttentionGrid(in AttentionCall call, Ragged rows, int sharedFloats)
    {
        int longest = 0;
        for (int b = 0; b < rows.B; b++)
            longest = Math.Max(longest, rows.Offsets[b + 1] - rows.Offsets[b]);
        return new(rows.B, AttentionThreads, sharedFloats * sizeof(float), call.Heads, (longest + AttentionRows - 1) / AttentionRows);
    }

    private unsafe nint Arguments(in AttentionCall call)
    {
        AttentionPrefix? prefix = call.Prefix;
        nint prefixAt = prefix?.Qkv.Pointer ?? 0;
        int w = call.W * Tensor.Size(call.Q.Type);
        AttentionArguments arguments = new()
        {
            Q = Column(call.Q, call.QAt),
            K = Column(call.Kv, call.KAt),
            V = Column(call.Kv, call.VAt),
            PrefixK = prefix is null ? 0 : prefixAt + w,
            PrefixV = prefix is null ? 0 : prefixAt + (2 * w),
            Bias = call.Bias?.Pointer ?? 0,
            QueryRows = Ints(call.QRows.Offsets),
            KeyRows = Ints(call.KvRows.Offsets),
            PrefixRows = prefix is null ? 0 : Ints(prefix.Rows.Offsets),
            PrefixOf = prefix is null ? 0 : Ints(prefix.Of),
            QueryStride = call.Q.Columns,
            KeyStride = call.Kv.Columns,
            PrefixStride = prefix?.Qkv.Columns ?? 0,
            Heads = call.Heads,
            D = call.W / call.Heads,
            Causal = call.Causal ? 1 : 0,
        };
        return Ints(MemoryMarshal.Cast<AttentionArguments, int>(new ReadOnlySpan<AttentionArguments>(in arguments)));
    }

    private static nint Column(Tensor? x, int at) => x is null ? 0 : x.Pointer + ((nint)at * Tensor.Size(x.Type));

    private static int HeadSize(in AttentionCall call)
    {
        int d = call.W / call.Heads;
        return d <= LargestHead ? d : throw new NotSupportedException($"Heads of {d} columns on CUDA; up to {LargestHead} are.");
    }
}

/// <summary>The struct Call of Attention.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AttentionArguments
{
    public nint Q, K, V, PrefixK, PrefixV, Bias;
    public nint QueryRows, KeyRows, PrefixRows, PrefixOf;
    public int QueryStride, KeyStride, PrefixStride, Heads, D, Causal;
}

using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.LinCir;

/// <summary>Bytes of a device that LinCIR's training takes, found by taking its first step on a device that only counts.</summary>
/// <param name="Weights">of CLIP.</param>
/// <param name="State">φ and the optimizer's two moments.</param>
/// <param name="Step">activations and gradients of a step, and the features of its captions.</param>
public sealed record LinCirMemory(long Weights, long State, long Step)
{
    /// <summary>What cuBLASLt and the transfers of arguments take beside that.</summary>
    private const long Workspace = 64L << 20;

    /// <summary>Weights, state and workspace, and a step with a quarter more: the captions of a later one may be longer.</summary>
    public long Total => Weights + State + Step + (Step / 4) + Workspace;

    /// <param name="captions">the corpus of the run: its first batch is planned with.</param>
    public static LinCirMemory Plan(ClipConfig config, BpeTokenizer tokenizer, ElementType type,
        IReadOnlyList<string> captions, LinCirOptions options,
        Func<string, IReadOnlyList<string>>? keywords = null)
    {
        using PlanningDevice device = new();
        using ClipModel clip = ClipModel.Unfilled(config, tokenizer, device, type);
        long weights = device.Bytes;
        using LinCirTrainer trainer = new(clip, captions, options with { From = "" }, keywords);
        long state = device.Bytes - weights;
        trainer.Next();
        return new(weights, state, device.MostBytes - weights - state);
    }

    /// <summary>Refuses a run that does not fit into what is free.</summary>
    /// <param name="loaded">true when CLIP's weights are there already.</param>
    /// <exception cref="CirrusException">It does not.</exception>
    public void Check(Device device, bool loaded)
    {
        long needed = Total - (loaded ? Weights : 0);
        if (device.FreeBytes is long free && free < needed)
            throw new CirrusException($"Training takes {MebiBytes(needed)} MiB of {device.Name} "
                + $"(CLIP {MebiBytes(Weights)}{(loaded ? ", there already" : "")}; φ and its optimizer {MebiBytes(State)}; "
                + $"a step {MebiBytes(Step)} and a quarter more; workspace {MebiBytes(Workspace)}), "
                + $"and {MebiBytes(free)} MiB are free.",
                hint: "let fewer captions through the tower at a time (--set micro_batch=128), use --precision bf16, "
                    + "or end other programs on this GPU",
                kind: ProblemKind.TooLarge);
    }

    private static long MebiBytes(long bytes) => (bytes + (1 << 20) - 1) >> 20;
}

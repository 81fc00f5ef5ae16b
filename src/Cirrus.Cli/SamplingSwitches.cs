using System.CommandLine;
using Cirrus.Methods.CompoDiff;

namespace Cirrus.Cli;

/// <summary>--steps, --image-scale, --text-scale, --seed and their kin: how compodiff samples.</summary>
internal static class SamplingSwitches
{
    private static readonly SamplingOptions Usual = new();
    private static readonly Option<int?> Steps = new("--steps")
    {
        Description = $"for compodiff: steps from 2 to 1000, {Usual.Steps} unless set; more are slower",
    };
    private static readonly Option<bool> DemoSteps = new("--demo-steps") { Description = "for compodiff: one step more, as its published demo does" };
    private static readonly Option<float?> ImageScale = new("--image-scale")
    {
        Description = $"for compodiff: how hard the picture pulls; else as the weights say, {SamplingOptions.Published.ImageScale} as published",
    };
    private static readonly Option<float?> TextScale = new("--text-scale")
    {
        Description = $"for compodiff: how hard the words pull; else as the weights say, {SamplingOptions.Published.TextScale} as published",
    };
    private static readonly Option<int?> Samples = new("--samples")
    {
        Description = $"for compodiff: samples averaged; else as the weights say, {SamplingOptions.Published.Samples} as published",
    };
    private static readonly Option<float?> KeepFirst = new("--keep-first")
    {
        Description = "for compodiff: the share of the first step's estimate in a sample; else as the weights say, "
            + $"{SamplingOptions.Published.KeepFirst} as published",
    };
    private static readonly Option<ulong?> Seed = new("--seed") { Description = "for compodiff: of its noise, 0 unless set" };
    private static readonly Option<int?> PadId = new("--pad-id")
    {
        Description = "for compodiff: the token that fills the text up, 0 unless set; 49407 with some published tokenizers",
    };
    private static readonly Option<bool> NegativeMask = new("--negative-mask-compat")
    {
        Description = "for compodiff: read what --without says under the words' attention mask, as published",
    };

    private static readonly Option<bool> Squeeze = new("--squeeze-compat")
    {
        Description = "for compodiff: squeeze the query's picture to a square before it is cropped, as the published demo does",
    };

    /// <summary>For verbs whose --seed means something else: the noise is that of seed 0.</summary>
    public static IReadOnlyList<Option> Unseeded { get; } = [Steps, DemoSteps, ImageScale, TextScale, Samples, KeepFirst, PadId, NegativeMask];

    public static IReadOnlyList<Option> All { get; } = [.. Unseeded, Seed];

    /// <summary>For verbs that read the query's picture themselves.</summary>
    public static IReadOnlyList<Option> OfPictures { get; } = [.. All, Squeeze];

    /// <summary>null when nothing was asked for.</summary>
    /// <exception cref="Tensors.CirrusException">A number is out of its range.</exception>
    public static SamplingOptions? Read(ParseResult args)
    {
        SamplingOptions asked = new()
        {
            Steps = args.GetValue(Steps) ?? Usual.Steps,
            DemoSteps = args.GetValue(DemoSteps),
            ImageScale = args.GetValue(ImageScale),
            TextScale = args.GetValue(TextScale),
            Samples = args.GetValue(Samples),
            KeepFirst = args.GetValue(KeepFirst),
            Seed = args.GetValue(Seed) ?? Usual.Seed,
            PadId = args.GetValue(PadId) ?? Usual.PadId,
            NegativeMaskCompat = args.GetValue(NegativeMask),
            SqueezeCompat = args.GetValue(Squeeze),
        };
        return OfPictures.Any(o => args.GetResult(o) is { Implicit: false }) ? asked.Check() : null;
    }
}

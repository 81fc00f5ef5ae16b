using System.CommandLine;
using Cirrus.Imaging;

namespace Cirrus.Cli;

/// <summary>--pad: what is done to elongated pictures before the usual preprocessing.</summary>
internal static class PaddingOption
{
    /// <param name="otherwise">what holds when it is not given, for help.</param>
    public static Option<string?> Create(string otherwise) => new Option<string?>("--pad")
    {
        Description = $"pad elongated pictures first: target (to a ratio of 1.25, as SEARLE and CLIP4CIR do), square or none; {otherwise}",
    }.AcceptOnlyFromAmong("none", "target", "square");

    public static Padding Read(string? asked, Padding otherwise = Padding.None) =>
        asked is null ? otherwise : Enum.Parse<Padding>(asked, ignoreCase: true);
}

using System.CommandLine;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus convert SRC DST</c>: the same weights in another layout.</summary>
internal static class ConvertCommand
{
    private static readonly Argument<string> Source = new("source")
    {
        Description = "a CLIP (folder, file, or a model of 'cirrus models'), or a method's weights (file or run)",
    };
    private static readonly Argument<string> Target = new("target")
    {
        Description = "what to write and does not exist yet: a folder for a CLIP, a .safetensors, .pt or .bin file for a method's weights",
    };

    private static readonly Option<string> To = new Option<string>("--to")
    {
        Description = "a CLIP's layout: hf (Hugging Face), open-clip, or openai (a state dict, for OpenAI's own sizes)",
        DefaultValueFactory = _ => "hf",
    }.AcceptOnlyFromAmong("hf", "open-clip", "openai");

    public static Command Create()
    {
        Command command = new("convert", "Write a CLIP or a method's weights in another layout; number for number, and read again to prove it.")
        {
            Source, Target, To,
        };
        command.SetAction(args =>
        {
            Run(ModelPlace.Find(args.GetRequiredValue(Source), null), args.GetRequiredValue(Target), args.GetValue(To)!, args.GetResult(To) is { Implicit: false },
                args.InvocationConfiguration.Output, args.InvocationConfiguration.Error);
            return ExitCode.Done;
        });
        return command.WithExamples("convert ViT-L-14.pt clip-l14", "convert vit-b-32 b32 --to open-clip",
            "convert runs/lincir phi.pt", "convert phi.pt phi.safetensors");
    }

    private static void Run(string source, string target, string to, bool asked, TextWriter output, TextWriter error)
    {
        if (!Path.Exists(source))
            throw new CirrusException($"There is nothing at '{source}', and no model of that name was fetched.",
                hint: "check the path; cirrus models lists what can be fetched");
        using Device device = Device.Open("cpu");
        if (ClipCheckpoint.IsOne(source))
        {
            ClipLayout layout = to switch { "hf" => ClipLayout.HuggingFace, "open-clip" => ClipLayout.OpenClip, _ => ClipLayout.OpenAi };
            string before = ClipCheckpoint.Inspect(source).Layout, fingerprint = ClipConversion.Run(source, target, layout, device);
            error.WriteLine($"the same model, fingerprint {fingerprint}");
            if (layout == ClipLayout.HuggingFace != (before == "Hugging Face"))
                error.WriteLine(
                    "note: pictures are prepared as each layout's publishers do it (docs/numerics.md, Pictures), so vectors of "
                        + "pictures differ a little from the source's");
        }
        else
        {
            if (asked)
                throw new CirrusException("--to is for CLIPs; a method's weights are written by the ending of the target.",
                    hint: "leave it out, and end the target in .safetensors, .pt or .bin");
            (string what, bool lost) = WeightsConversion.Run(source, target, device);
            error.WriteLine($"{what}: every number is the same");
            if (lost)
                error.WriteLine("note: the published layout has no room for the facts of its training; keep the source");
        }
        output.WriteLine(Path.GetFullPath(target));
    }
}

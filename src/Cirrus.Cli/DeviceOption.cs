using System.CommandLine;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary>Where a verb computes and with what numbers: said in the same words by all.</summary>
internal static class DeviceOption
{
    public static Option<string> Create() => new("--device")
    {
        Description = "auto (the CPU), cpu, cuda:0 (an NVIDIA GPU by its number) or cuda:0+tf32 (its products rounded to TF32)",
        DefaultValueFactory = _ => "auto",
    };

    public static Option<string> Precision()
    {
        Option<string> precision = new("--precision")
        {
            Description = "numbers of CLIP's towers: f32, or bf16 with --device cuda:0",
            DefaultValueFactory = _ => "f32",
        };
        precision.AcceptOnlyFromAmong("f32", "bf16");
        return precision;
    }

    public static ElementType TypeOf(string precision) => precision == "bf16" ? ElementType.BF16 : ElementType.F32;
}

using System.Security.Cryptography;
using System.Text;

namespace Cirrus.Tensors.Cuda;

/// <summary>The texts of the kernels, one operation a file, as they lie in this assembly.</summary>
internal static class KernelText
{
    private const string Common = "Common.cuh";

    public static string Read(string file)
    {
        using Stream stream = typeof(KernelText).Assembly.GetManifestResourceStream(file)
            ?? throw new ArgumentException($"There is no kernel text {file}.", nameof(file));
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Headers that every text may include.</summary>
    public static IReadOnlyList<(string Name, string Text)> Headers { get; } = [(Common, Read(Common))];

    /// <summary>What the compiler is told: Element in the text is this type.</summary>
    public static IReadOnlyList<string> Options(int architecture, ElementType type) =>
        [$"--gpu-architecture=sm_{architecture}", "--std=c++17", type == ElementType.F32 ? "-DELEMENT_F32" : "-DELEMENT_BF16"];

    /// <summary>A name under which code compiled from this text, by this compiler, with these options can be found again.</summary>
    public static string Key(string source, IReadOnlyList<string> options, string compiler)
    {
        string whole = string.Join('\0', [source, .. Headers.Select(h => h.Text), .. options, compiler]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(whole)));
    }
}

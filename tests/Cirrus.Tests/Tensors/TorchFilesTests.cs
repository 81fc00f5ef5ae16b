using System.Diagnostics;
using Cirrus.Tensors;

namespace Cirrus.Tests.Tensors;

/// <summary>Files that PyTorch 1.13 wrote (golden/make_torch_files.py), and PyTorch reading ours where it is installed.</summary>
public sealed class TorchFilesTests
{
    private static readonly float[] Steps = [.. Enumerable.Range(0, 24).Select(i => i / 8f)];

    public static string At(string name) => Path.Combine(Shared.Repository, "tests", "Cirrus.Tests", "Tensors", "golden", name);

    [Fact]
    public void What_torch_save_wrote_is_read()
    {
        using TensorFile file = TensorFile.Open(At("plain.pt"));
        Assert.Equal(("7", "made by PyTorch"), (file.Metadata["epoch"], file.Metadata["note"]));
        Assert.Equal(["brain", "double", "half", "long", "none", "parameter", "plain", "scalar", "turned", "view"],
            file.Tensors.Keys.Select(k => k["Phi.".Length..]).Order());
        Assert.Equal(Steps, Read(file, "Phi.plain"));
        Assert.Equal([6L, 4L], file.Tensors["Phi.turned"].Shape);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => Steps[(i % 4 * 6) + (i / 4)]), Read(file, "Phi.turned"));
        Assert.Equal([Steps[8], Steps[9], Steps[10], Steps[14], Steps[15], Steps[16]], Read(file, "Phi.view"));
        foreach ((string name, StoredType type) in new[] { ("Phi.half", StoredType.F16), ("Phi.brain", StoredType.BF16), ("Phi.double", StoredType.F64) })
        {
            Assert.Equal(type, file.Tensors[name].Type);
            Assert.Equal(Steps[..5], Read(file, name));
        }
        long[] longs = new long[2];
        file.Read("Phi.long", longs);
        Assert.Equal([-3L, 1L << 40], longs);
        Assert.Empty(file.Tensors["Phi.scalar"].Shape);
        Assert.Equal([2.5f], Read(file, "Phi.scalar"));
        Assert.Empty(Read(file, "Phi.none"));
        Assert.Equal(Steps[..2], Read(file, "Phi.parameter"));
    }

    [Fact]
    public void A_TorchScript_archive_is_read_though_its_code_is_compressed()
    {
        using TensorFile file = TensorFile.Open(At("script.pt"));
        Assert.Equal(["linear.bias", "linear.weight"], file.Tensors.Keys.Order());
        Assert.Equal(Steps[..6], Read(file, "linear.weight"));
        Assert.Equal(Steps[6..8], Read(file, "linear.bias"));
        Assert.Empty(file.Metadata);
    }

    [Fact]
    public void A_pickled_list_of_texts_is_read()
    {
        Assert.Equal(["a.jpg", "é/b.png"], PickledTexts.Read(At("names.pkl")));
        Assert.Throws<CirrusException>(() => PickledTexts.Read(At("make_torch_files.py")));
    }

    [Fact]
    public async Task What_is_written_here_torch_load_reads()
    {
        using TempFolder folder = new();
        TorchWriter.Write(folder.At("ours.pt"), 7, "Phi",
        [
            new("layers.0.weight", StoredType.F32, [2, 3], () => Steps.AsMemory(0, 6)),
            new("layers.0.bias", StoredType.F16, [2], () => Steps.AsMemory(0, 2)),
            new("brain", StoredType.BF16, [2], () => Steps.AsMemory(0, 2)), new("scalar", StoredType.F32, [], () =>
                Steps.AsMemory(5, 1)), new("none", StoredType.F32, [0, 4], () => Array.Empty<float>()),
        ]);
        const string Program = """
            import collections, sys, torch
            d = torch.load(sys.argv[1], map_location='cpu')
            p = d['Phi']
            assert type(p) is collections.OrderedDict, type(p)
            for k, v in p.items():
                print(k, str(v.dtype)[6:], list(v.shape), v.float().flatten().tolist(), v.is_contiguous(), v.requires_grad)
            print(d['epoch'], type(d['epoch']).__name__)
            """;
        string? found = await Python("-c", "import torch");
        Assert.SkipWhen(found is null, "needs Python with PyTorch, which is not installed");
        Assert.Equal("""
            layers.0.weight float32 [2, 3] [0.0, 0.125, 0.25, 0.375, 0.5, 0.625] True False
            layers.0.bias float16 [2] [0.0, 0.125] True False
            brain bfloat16 [2] [0.0, 0.125] True False
            scalar float32 [] [0.625] True False
            none float32 [0, 4] [] True False
            7 int

            """.ReplaceLineEndings("\n"), await Python("-c", Program, folder.At("ours.pt")));
    }

    [Fact]
    public void A_bare_tensor_and_texts_are_written_and_read_again()
    {
        using TempFolder folder = new();
        WriteWords(folder);
        using TensorFile file = TensorFile.Open(folder.At("words.pt"));
        Assert.Equal(["tensor"], file.Tensors.Keys);
        Assert.Equal([2L, 3L], file.Tensors["tensor"].Shape);
        Assert.Equal(Steps[..6], Read(file, "tensor"));
        Assert.Equal(["a.jpg", "é/b.png"], PickledTexts.Read(folder.At("names.pkl")));
    }

    [Fact]
    public async Task Python_reads_a_bare_tensor_and_texts()
    {
        using TempFolder folder = new();
        WriteWords(folder);
        Assert.SkipWhen(await Python("-c", "import torch") is null, "needs Python with PyTorch, which is not installed");
        const string Program = """
            import pickle, sys, torch
            t = torch.load(sys.argv[1], map_location='cpu')
            print(t.dtype, list(t.shape), t.flatten().tolist(), ascii(pickle.load(open(sys.argv[2], 'rb'))))
            """;
        Assert.Equal("torch.float32 [2, 3] [0.0, 0.125, 0.25, 0.375, 0.5, 0.625] ['a.jpg', '\\xe9/b.png']\n",
            await Python("-c", Program, folder.At("words.pt"), folder.At("names.pkl")));
    }

    private static void WriteWords(TempFolder folder)
    {
        TorchWriter.Write(folder.At("words.pt"), new("any", StoredType.F32, [2, 3], () => Steps.AsMemory(0, 6)));
        PickledTexts.Write(folder.At("names.pkl"), ["a.jpg", "é/b.png"]);
    }

    /// <summary>What a program prints; null when there is no Python, or it fails.</summary>
    internal static async Task<string?> Python(params string[] args)
    {
        foreach (string python in new[] { "/usr/bin/python3", "python3" })
        {
            try
            {
                using Process process = Process.Start(new ProcessStartInfo(python, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
                string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
                if (process.ExitCode == 0)
                    return output;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                continue;                                   // no such program
            }
        }
        return null;
    }

    private static float[] Read(TensorFile file, string name)
    {
        float[] values = new float[file.Tensors[name].Count];
        file.Read(name, values);
        return values;
    }
}

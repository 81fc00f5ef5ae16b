using Cirrus.Tensors;
using Cirrus.Tensors.Cpu;
using Cirrus.Tensors.Cuda;
using Cirrus.Tests.Tensors;

namespace Cirrus.Tests.Cuda;

/// <summary>Exact search on the emulated card: the answers of brute force, to the bit.</summary>
public sealed class CudaRowSearchTests
{
    [Fact]
    public void Answers_equal_brute_force_on_all_kinds_of_rows()
    {
        using TempFolder folder = new();
        using CudaDevice device = EmulatedCuda.Open();
        for (int round = 0; round < 24; round++)
        {
            EmulatedCuda.SetSeed((ulong)round);
            Philox random = new(18, (ulong)round);
            int width = new[] { 1, 3, 16, 64, 70, 512 }[round % 6], partCount = random.Integer(1, 4), queries = 1 + random.Integer(2, 5);
            RowPart[] parts = [.. Enumerable.Range(0, partCount).Select(p => RowSearchTests.Part(folder, $"{round}-{p}",
                random.Fork((ulong)p), random.Integer((ulong)(10 + p), 300), width, round))];
            float[] asked = [.. Enumerable.Range(0, queries * width).Select(i => RowSearchTests.Value(random.Fork(99), i, round))];
            if (round % 7 == 3)
                asked[0] = float.NaN;
            if (round % 7 == 4)
                asked.AsSpan(0, width).Clear();
            using (CudaRowSearch search = new(device, parts))
                foreach (int k in new[] { 1, 10, 1000 })
                    RowSearchTests.Same(RowSearch.Plain(parts, asked, k),
                        search.Best(asked, k, TestContext.Current.CancellationToken), $"round {round}, {k} best");
            foreach (RowPart part in parts)
            {
                part.Codes.Dispose();
                part.Rows.Dispose();
            }
        }
    }

    [Fact]
    public void More_candidates_than_there_is_room_for_are_all_found()
    {
        using TempFolder folder = new();
        using CudaDevice device = EmulatedCuda.Open();
        RowPart part = RowSearchTests.Part(folder, "many", new Philox(1, 1), 20_000, 3, 2);     // no more blocks than are asked for: every row may be among them
        float[] asked = [1, 0.5f, -1];
        using (CudaRowSearch search = new(device, [part]))
            RowSearchTests.Same(RowSearch.Plain([part], asked, 400), search.Best(asked, 400, TestContext.Current.CancellationToken), "20,000 rows");
        part.Codes.Dispose();
        part.Rows.Dispose();
    }

    [Fact, Trait("Category", "Slow")]
    public async Task Bench_search_measures_a_card_and_checks_its_answers()
    {
        using TempFolder folder = new();
        Dictionary<string, string> environment = new() { ["CIRRUS_CUDA_PATH"] = EmulatedCuda.Need(), ["XDG_CACHE_HOME"] = folder.Path };
        string output = await ProgramRun.OutputOf("dotnet", [Path.Combine(AppContext.BaseDirectory, "Cirrus.Cli.dll"), "bench",
            "search", "--gallery", "500", "--width", "64", "--runs", "1",
            "--threads", "1", "--folder", folder.Path, "--device", "cuda:0"], environment: environment);
        Assert.Contains("cuda:0, one query", output, StringComparison.Ordinal);
        Assert.Equal(2, output.Split("100 % of 16").Length - 1);
    }

    [Fact]
    public void Another_device_is_refused()
    {
        using Device cpu = Device.Open("cpu");
        Assert.Contains("cpu", Assert.Throws<ArgumentException>(() => new CudaRowSearch(cpu, [])).Message, StringComparison.Ordinal);
    }
}

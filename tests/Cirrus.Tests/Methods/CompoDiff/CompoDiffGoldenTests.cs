using System.Text.Json;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods.CompoDiff;

/// <summary>Network, schedule, guidance and whole samples against the released code in float32 (../shared/golden/compodiff).</summary>
public sealed class CompoDiffGoldenTests : IDisposable
{
    // The original differs from float64 by 2.6e-6 (values up to 0.8); guidance multiplies by up to 7.5; a chain of ten by 3.8e-5.
    private const float Network = 2e-5f, Guided = 1e-4f, Chain = 2e-4f;

    // A few roundings of sums of sixteen.
    private const float Part = 2e-6f;

    private const int D = 16, T = 77;
    private readonly Device _device = Device.Open("cpu");
    private readonly Denoiser _network;
    private readonly Golden _io;
    private readonly Graph _g;

    public CompoDiffGoldenTests()
    {
        string path = Shared.Need("golden/compodiff");
        _network = DenoiserFile.Load(path, _device);
        _io = new(Path.Combine(path, "forward.safetensors"));
        _g = new(new Arena(_device));
    }

    public void Dispose()
    {
        _g.Arena.Dispose();
        _io.Dispose();
        _network.Dispose();
        _device.Dispose();
    }

    [Theory]
    [InlineData("forward", false, false)]
    [InlineData("forward_null_text", true, false)]
    [InlineData("forward_null_all", true, true)]
    public void The_network_matches(string name, bool noText, bool noPicture) =>
        Golden.Close(_io.Floats(name), _network.Forward(_g, Of("x_t", 2), Time(), Context(noText, noPicture)).Floats, Network);

    [Fact]
    public void Every_layer_matches()
    {
        DenoiserContext context = Context(false, false);
        DenoiserRows rows = new(2, 4);
        Tensor bias = _network.Bias(_g), time = Time(), x = _g.GatherRows(_g.Stack(Of("x_t", 2), time), [0, 2, 1, 3]);
        Golden.Close(_io.Floats("debug_time_token"), time.Floats, Network);
        float[] table = _io.Floats("debug_rel_pos_bias");                         // [4, 2, 3]; here [2·4, 3]
        Assert.Equal([.. Enumerable.Range(0, 24).Select(n => table[(n / 3 % 4 * 6) + (n / 12 * 3) + (n % 3)])], bias.Floats.ToArray());
        foreach (DenoiserBlock block in _network.Blocks)
        {
            string at = $"debug_layer{(block == _network.Blocks[0] ? 0 : 1)}_";
            Tensor y = block.SelfAttend(_g, x, rows, bias);
            Golden.Close(_io.Floats(at + "self_attn"), y.Floats, Network);
            x = _g.Add(x, y);
            y = block.CrossAttend(_g, x, context.Kv[block == _network.Blocks[0] ? 0 : 1], context.Rows);
            Golden.Close(_io.Floats(at + "cross_attn"), y.Floats, Network);
            x = _g.Add(x, y);
            y = block.FeedForward(_g, x);
            Golden.Close(_io.Floats(at + "ff"), y.Floats, Network);
            x = _g.Add(x, y);
        }
        Golden.Close(_io.Floats("debug_stable_ln"), _network.StableNorm(_g, x).Floats, Network);
    }

    [Fact]
    public void Parts_match()
    {
        Tensor x = Of("part_ln.x", 6), gain = _network.Weights["net.transformer.norm.g"];
        Golden.Close(_io.Floats("part_ln.plain"), _g.LayerNorm(x, gain, null).Floats, Part);
        Golden.Close(_io.Floats("part_ln.stable"), _network.StableNorm(_g, x).Floats, Part);
        Golden.Close(_io.Floats("part_rotary.out"), _g.Rotary(Of("part_rotary.x", 6), [0, 1, 2, 0, 1, 2], _network.Frequencies).Floats, Part);
        // Frequencies in float32 times t up to 999: 1e-4, as the fixtures say; values reach 1.
        Golden.Close(_io.Floats("part_sinusoid.out"), Denoiser.Sinusoid(_io.Floats("part_sinusoid.t"), 16), 1e-4f);
        Golden.Close(_io.Floats("part_sinusoid768.out_899"), Denoiser.Sinusoid([899], 768), 1e-4f);
    }

    [Fact]
    public void Buckets_match()
    {
        Assert.Equal(_io.Rows("part_bucket_of_distance_0_299")[0], Enumerable.Range(0, 300).Select(RelativePositions.Bucket));
        foreach (string name in new[] { "part_bucket_2x3", "part_bucket_40x41" })
        {
            int[][] rows = _io.Rows(name);
            Assert.Equal(rows.SelectMany(r => r), RelativePositions.Places(rows.Length, rows[0].Length, 1));
        }
    }

    // Float64 and one rounding: neighbours of the original's at most, whose logarithm may be another library's.
    [Fact]
    public void The_schedule_matches()
    {
        NoiseSchedule ours = NoiseSchedule.Cosine(), theirs = _network.Schedule;
        foreach (string name in NoiseSchedule.Names)
            for (int t = 0; t < 1000; t++)
                Assert.True(MathF.Abs(ours[name][t] - theirs[name][t]) <= 2e-7f * MathF.Abs(theirs[name][t]),
                    $"{name}[{t}]: {ours[name][t]:G9}, not {theirs[name][t]:G9}");
    }

    [Fact]
    public void Noise_is_added_as_published()
    {
        int[] times = _io.Rows("q_sample.t")[0];
        float[] x0 = _io.Floats("q_sample.x0"), noise = _io.Floats("q_sample.noise"), found = new float[x0.Length];
        for (int i = 0; i < times.Length; i++)
            _network.Schedule.Noise(found.AsSpan(i * D, D), x0.AsSpan(i * D, D), noise.AsSpan(i * D, D), times[i]);
        Golden.Close(_io.Floats("q_sample.out"), found, 1e-7f);                   // two products and a sum
    }

    [Theory]
    [InlineData("cond_scale_0_7.5", 0f, 7.5f)]
    [InlineData("cond_scale_1.5_7.5", 1.5f, 7.5f)]
    [InlineData("cond_scale_1_1", 1f, 1f)]
    public void Guidance_matches(string name, float picture, float text)
    {
        Tensor f1 = _network.Forward(_g, Of("x_t", 2), Time(), Context(false, false)),
            f2 = _network.Forward(_g, Of("x_t", 2), Time(), Context(true, false));
        Tensor f3 = _network.Forward(_g, Of("x_t", 2), Time(), Context(true, true));
        Golden.Close(_io.Floats(name), DdimSampler.Guide(_g, f1, f2, f3, picture, text).Floats, Guided);
    }

    public static TheoryData<string> Samples => ["S1", "S2", "S3", "S10", "S11", "S10_text", "S11_t2i", "eta0"];

    [Theory, MemberData(nameof(Samples))]
    public void Whole_samples_match_with_recorded_noise(string name)
    {
        using Golden golden = new(Shared.Need("golden/compodiff/ddim.safetensors"));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Shared.Need("golden/compodiff/ddim.json")));
        JsonElement said = json.RootElement.GetProperty(name);
        JsonElement scales = said.GetProperty("cond_scale_image_text");
        SamplingOptions options = new()
        {
            Steps = said.GetProperty("S").GetInt32(),
            Samples = said.GetProperty("samples_per_query").GetInt32(),
            ImageScale = scales[0].GetSingle(),
            TextScale = scales[1].GetSingle(),
            Eta = said.TryGetProperty("eta", out JsonElement eta) ? eta.GetSingle() : 1,
        };
        int draws = said.TryGetProperty("noise_tensors", out JsonElement n) ? n.GetInt32() : 0, each = golden.Floats(name + ".init").Length;
        float[][] noise = [golden.Floats(name + ".init"),
            .. draws > 0 ? golden.Floats(name + ".z").Chunk(each) : Enumerable.Repeat(new float[each], 9)];
        List<float[]> x = [], x0 = [];
        float[] found = new DdimSampler(_network).Sample(Queries(wordsAlone: name == "S11_t2i"), options, noise, (before, after) =>
        {
            x.Add(before);
            x0.Add(after);
        });
        Golden.Close(golden.Floats(name + ".out"), found, Chain);
        if (name is "S1" or "eta0")
            return;
        Golden.Close(golden.Floats(name + ".x"), [.. x.SelectMany(v => v)], Chain);
        Golden.Close(golden.Floats(name + ".x0"), [.. x0.SelectMany(v => v)], Chain);
        Assert.Equal(said.GetProperty("timesteps_evaluated").EnumerateArray().Select(t => t.GetInt32()), DdimSampler.Times(options.Steps)[..^1]);
    }

    [Fact]
    public void Lists_of_times_match()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Shared.Need("golden/compodiff/ddim.json")));
        foreach (JsonProperty list in json.RootElement.GetProperty("time_lists").EnumerateObject())
            Assert.Equal(list.Value.EnumerateArray().Select(t => t.GetInt32()),
                DdimSampler.Times(int.Parse(list.Name, System.Globalization.CultureInfo.InvariantCulture)));
    }

    private Tensor Of(string name, int rows) => _g.Arena.From(_io.Floats(name), rows, _io.Floats(name).Length / rows);

    private Tensor Time() => _network.Time(_g, [.. _io.Rows("timesteps")[0].Select(t => (float)t)]);

    private float[] Texts() => [.. _io.Integers("text_states_times_32").Select(v => v / 32f)];

    private float[] Mask() => [.. _io.Bytes("mask").Select(m => (float)m)];

    private DenoiserContext Context(bool noText, bool noPicture)
    {
        Tensor pictures = _g.Stack(Of("image_cond", 2), _g.Arena.Zeros(1, D));
        return _network.Context(_g, new(_g.Arena.From(Texts(), 3 * T, 1280), noText ? [2, 2] : [0, 1], pictures,
            noPicture ? [2, 2] : [0, 1], _g.Arena.From(Mask(), 2, 64 * 64), [0, 1]));
    }

    private SamplingQueries Queries(bool wordsAlone) => new([.. Texts().Chunk(T * 1280)], [0, 1], [2, 2],
        wordsAlone ? [null, null] : [.. _io.Floats("image_cond").Chunk(D)], wordsAlone ? [null, null] : [.. Mask().Chunk(64 * 64)]);
}

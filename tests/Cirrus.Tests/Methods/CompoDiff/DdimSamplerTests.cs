using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods.CompoDiff;

public sealed class DdimSamplerTests : IDisposable
{
    private const int D = 16, T = 5, W = 12, Side = 4;

    private readonly Device _device = Device.Open("cpu");
    private readonly Denoiser _network;
    private readonly DdimSampler _sampler;

    public DdimSamplerTests()
    {
        _network = Denoiser.Random(new(D, 2, 8, 4, W, Side), _device, new Philox(3, 0));
        _sampler = new(_network);
    }

    public void Dispose()
    {
        _network.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void Times_go_down_from_below_a_thousand_to_the_one_behind_the_last()
    {
        Assert.Equal([899, 799, 699, 599, 499, 399, 299, 199, 99, -1], DdimSampler.Times(10));
        Assert.Equal([909, 818, 727, 636, 545, 454, 363, 272, 181, 90, -1], DdimSampler.Times(new SamplingOptions { DemoSteps = true }.AllSteps));
        Assert.Equal([499, -1], DdimSampler.Times(2));
        Assert.Equal([-1], DdimSampler.Times(1));
        for (int s = 1; s <= 1001; s++)
        {
            int[] times = DdimSampler.Times(s);
            Assert.Equal(s, times.Length);
            Assert.All(times.Zip(times[1..]), pair => Assert.True(pair.First > pair.Second));
            Assert.InRange(times[0], -1, 999);
        }
    }

    [Fact]
    public void A_query_gives_the_same_in_any_batch_and_another_with_another_seed()
    {
        SamplingQueries many = Queries([.. Enumerable.Range(0, 19)]);
        float[][] together = [.. _sampler.Sample(many, new() { Steps = 3, Seed = 5 }).Chunk(D)];
        foreach (int q in new[] { 0, 7, 18 })
        {
            Assert.Equal(together[q], _sampler.Sample(Queries([q]), new() { Steps = 3, Seed = 5 }));
            Assert.NotEqual(together[q], _sampler.Sample(Queries([q]), new() { Steps = 3, Seed = 6 }));
        }
    }

    [Fact]
    public void One_step_is_the_noise_and_two_are_one_estimate()
    {
        float[] noise = [.. Enumerable.Range(0, 2 * D).Select(i => (float)i)], estimate = [];
        Assert.Equal([.. Enumerable.Range(0, D).Select(i => i + (D / 2f))], _sampler.Sample(Queries([0]), new() { Steps = 1 }, [noise], null));
        float[] found = _sampler.Sample(Queries([0]), new() { Steps = 2 }, [noise], (_, x0) => estimate = x0);
        Assert.Equal([.. Enumerable.Range(0, D).Select(i => (estimate[i] / 2) + (estimate[D + i] / 2))], found);
    }

    [Fact]
    public void At_scales_of_one_what_is_pushed_away_from_does_not_count()
    {
        SamplingOptions plain = new() { Steps = 4, ImageScale = 1, TextScale = 1 };
        SamplingQueries query = Queries([0]);
        float[] found = _sampler.Sample(query, plain);
        Golden.Close(found, _sampler.Sample(query with { AgainstOf = [2] }, plain), 1e-5f);      // f3 + (f1 − f2) + (f2 − f3), rounded
        Assert.True(found.Zip(_sampler.Sample(query with { AgainstOf = [2] }, plain with { TextScale = 3 }),
            (a, b) => MathF.Abs(a - b)).Max() > 1e-3f);
    }

    [Fact]
    public void Without_new_noise_what_is_drawn_does_not_count()
    {
        float[] start = Normal(30, D), other = Normal(31, D);
        SamplingOptions none = new() { Steps = 3, Samples = 1, Eta = 0 };
        Assert.Equal(_sampler.Sample(Queries([0]), none, [start, start], null), _sampler.Sample(Queries([0]), none, [start, other], null));
        Assert.NotEqual(_sampler.Sample(Queries([0]), none with { Eta = 1 }, [start, start], null), _sampler.Sample(Queries([0]), none with { Eta = 1 }, [start, other], null));
    }

    [Fact]
    public void A_share_of_the_first_estimate_may_be_kept()
    {
        SamplingOptions published = new() { Steps = 4, Samples = 1 };
        List<float[]> estimates = [];
        float[] noise = Normal(30, D);
        float[] plain = _sampler.Sample(Queries([0]), published, [noise, noise, noise], (_, x0) => estimates.Add(x0));
        Assert.Equal(3, estimates.Count);
        Assert.Equal(plain, estimates[^1]);
        Assert.Equal([.. estimates[0].Zip(plain, (first, late) => (0.75f * late) + (0.25f * first))],
            _sampler.Sample(Queries([0]), published with { KeepFirst = 0.25f }, [noise, noise, noise], null));
        Assert.Equal(noise, _sampler.Sample(Queries([0]), published with { Steps = 1, KeepFirst = 0.25f }, [noise], null));
        Assert.Throws<CirrusException>(() => new SamplingOptions { KeepFirst = -0.1f }.Check());
    }

    [Fact]
    public void A_query_of_another_size_is_refused()
    {
        SamplingQueries query = Queries([0]);
        Assert.Throws<ArgumentException>(() => _sampler.Sample(query with { Pictures = [new float[D + 1]] }, new()));
        Assert.Throws<ArgumentException>(() => _sampler.Sample(query with { Masks = [new float[3]] }, new()));
        Assert.Throws<ArgumentException>(() => _sampler.Sample(query with { Texts = [new float[T * W], new float[W], new float[T * W]] }, new()));
        Assert.Throws<CirrusException>(() => new SamplingOptions { Steps = 1001 }.Check());
    }

    /// <summary>Every third without a picture, every second with a mask.</summary>
    private static SamplingQueries Queries(int[] ids) =>
        new([Normal(1, T * W), Normal(2, T * W), Normal(3, T * W)], [.. ids.Select(_ => 0)], [.. ids.Select(_ => 1)],
        [.. ids.Select(q => q % 3 == 2 ? null : Normal(100 + q, D))], [.. ids.Select(q => q % 2 == 0 ? null : Normal(200 + q, Side * Side))]);

    private static float[] Normal(int stream, int n) => [.. Enumerable.Range(0, n).Select(i => new Philox(6, (ulong)stream).Normal((ulong)i))];
}

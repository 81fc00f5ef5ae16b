using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Methods.LateFusion;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests;

public sealed class BenchmarkExtractionTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Device _device = Device.Open("cpu");
    private readonly ClipModel _clip;
    private readonly List<string> _said = [];

    public BenchmarkExtractionTests()
    {
        _clip = TinyClip.Create(_device);
        TinyCirr.Write(_folder.Path);
    }

    private ExtractionOptions Kept => new(_folder.At("cache"), Say: _said.Add);

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Candidates_and_references_are_one_embedding_and_kept()
    {
        BenchmarkExtraction first = Run(Kept), second = Run(Kept);
        Assert.Equal((TinyCirr.Pictures, 0), (first.Embedded, second.Embedded));
        Assert.Equal(first.Features.Candidates, first.Features.References);
        Assert.Equal(first.Features.Candidates, second.Features.Candidates);
        Assert.Equal(TinyCirr.Pictures, first.Features.Candidates.Chunk(TinyClip.P).Select(r => r[0]).Distinct().Count());
        Assert.Equal($"{_clip.Fingerprint}-openai-16-f32", Path.GetFileName(Assert.Single(Directory.GetDirectories(_folder.At("cache")))));
        Assert.Empty(first.Provenance(Data().Benchmark));
    }

    [Fact]
    public void A_picture_that_changed_is_computed_again_and_a_new_view_is_another_picture()
    {
        Run(Kept);
        File.Copy(TinyCirr.FileOf(_folder.Path, 0), TinyCirr.FileOf(_folder.Path, 3), overwrite: true);
        File.SetLastWriteTimeUtc(TinyCirr.FileOf(_folder.Path, 3), new(2020, 2, 2, 0, 0, 0, DateTimeKind.Utc));
        BenchmarkExtraction changed = Run(Kept);
        Assert.Equal(1, changed.Embedded);
        Assert.Equal(changed.Features.Candidates[..TinyClip.P], changed.Features.Candidates[(3 * TinyClip.P)..(4 * TinyClip.P)]);

        BenchmarkExtraction half = Run(Kept with { ReferenceHalf = true });
        Assert.Equal(TinyCirr.Pictures, half.Embedded);
        Assert.Equal(changed.Features.Candidates, half.Features.Candidates);
        Assert.NotEqual(half.Features.Candidates, half.Features.References);
        Assert.All(half.Features.Candidates.Zip(half.Features.References), pair => Assert.Equal(pair.First, pair.Second, 0.01f));   // 11 bits of pixels of about 1
        Assert.Equal(0, Run(Kept with { ReferenceHalf = true }).Embedded);
    }

    [Fact]
    public void A_link_to_a_picture_is_followed()
    {
        string target = _folder.At("elsewhere.png"), link = TinyCirr.FileOf(_folder.Path, 2);
        File.Move(link, target);
        File.CreateSymbolicLink(link, target);
        Run(Kept);
        File.Copy(TinyCirr.FileOf(_folder.Path, 1), target, overwrite: true);
        File.SetLastWriteTimeUtc(target, new(2020, 2, 2, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(1, Run(Kept).Embedded);
    }

    [Fact]
    public void A_damaged_segment_is_told_and_computed_again()
    {
        BenchmarkExtraction first = Run(Kept);
        string segment = Directory.GetFiles(_folder.At("cache"), "*", SearchOption.AllDirectories).Single();
        byte[] bytes = File.ReadAllBytes(segment);
        bytes[^5] ^= 0x10;
        File.WriteAllBytes(segment, bytes);
        BenchmarkExtraction again = Run(Kept);
        Assert.Equal((TinyCirr.Pictures, 1), (again.Embedded, _said.Count));
        Assert.Equal(first.Features.Candidates, again.Features.Candidates);
    }

    [Fact]
    public void Missing_pictures_are_refused_before_anything_is_embedded()
    {
        File.Delete(TinyCirr.FileOf(_folder.Path, 1));
        CirrusException e = Assert.Throws<CirrusException>(() => Run(Kept with { Report = (_, _) => Assert.Fail("it began") }));
        Assert.Contains("1 of the 6 pictures of cirr-val is missing: dev-1-0-img0 (the first is sought at ", e.Message, StringComparison.Ordinal);
        Assert.Contains("--allow-missing", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_pictures_are_refused_at_the_end_and_the_others_kept()
    {
        File.WriteAllText(TinyCirr.FileOf(_folder.Path, 5), "<html>not found</html>");
        CirrusException e = Assert.Throws<CirrusException>(() => Run(Kept));
        Assert.Contains("1 of the 6 pictures of cirr-val cannot be read: dev-5-0-img0", e.Message, StringComparison.Ordinal);
        BenchmarkExtraction allowed = Run(Kept with { AllowMissing = true });
        Assert.Equal(0, allowed.Embedded);
        Assert.NotNull(Assert.Single(allowed.Missing).Reason);
    }

    [Fact]
    public void Allowed_lost_targets_and_references_are_misses_and_the_result_says_so()
    {
        File.Delete(TinyCirr.FileOf(_folder.Path, 1));                // the target of query 0, the reference of query 1
        File.WriteAllBytes(TinyCirr.FileOf(_folder.Path, 5), []);     // the target of query 3
        BenchmarkExtraction extraction = Run(Kept with { AllowMissing = true });
        Assert.Equal([1, 5], extraction.Features.MissingCandidates.Order());
        Assert.Equal([1, 5], extraction.Features.MissingReferences.Order());
        using LateFusionComposer composer = LateFusionComposer.Sum(_clip);
        EvaluatedBenchmark evaluated = BenchmarkEvaluation.Run(Data(), _clip, [new("sum", composer)], null, Kept with { AllowMissing = true },
            TestContext.Current.CancellationToken);
        Assert.Equal(2, evaluated.Missing.Count);
        Dictionary<string, string> said = evaluated.Result.Provenance.ToDictionary();
        Assert.Equal(("cirr-val (incomplete)", "2", "1", "2", "dev-1-0-img0, dev-5-0-img0"), (said["protocol"], said["missing pictures"],
            said["queries whose reference is missing"], said["queries whose target is missing"], said["names of missing pictures"]));
        Outcome outcome = Assert.Single(evaluated.Outcomes);
        Assert.Empty(outcome.Ranked[1]);
        Assert.All(outcome.Ranked, ranked => Assert.DoesNotContain(ranked, place => place is 1 or 5));
        double[] recall5 = outcome.Values[0][1];
        Assert.Equal([0, 0, 1, 0], recall5);                          // four candidates are left: only query 2 has its target among them
    }

    [Fact]
    public void Without_any_picture_even_the_patient_are_told()
    {
        Directory.Delete(_folder.At("dev"), recursive: true);
        CirrusException e = Assert.Throws<CirrusException>(() => Run(Kept with { AllowMissing = true }));
        Assert.Contains("6 of the 6 pictures of cirr-val are missing", e.Message, StringComparison.Ordinal);
        Assert.Contains("--data", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Patches_of_a_reference_are_those_of_its_pixels()
    {
        using ClipEmbedder embedder = new(_clip);
        BenchmarkData data = Data();
        Assert.Equal(embedder.EmbedPatches([BenchmarkPictures.Read(data.Pictures[3], _clip.Preprocessing)]), Run(new()).Features.Patches!(3));
    }

    private BenchmarkExtraction Run(ExtractionOptions options) =>
        BenchmarkExtraction.Run(Data(), _clip, options, TestContext.Current.CancellationToken);

    private BenchmarkData Data() => BenchmarkSource.Find("cirr").Open(new(_folder.Path));
}

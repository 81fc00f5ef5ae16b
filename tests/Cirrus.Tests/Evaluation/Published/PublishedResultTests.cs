using Cirrus.Clip;
using Cirrus.Evaluation.Published;
using Cirrus.Methods;

namespace Cirrus.Tests.Evaluation.Published;

public sealed class PublishedResultTests
{
    private const string Header = "benchmark,split,backbone,method,ours,kind,family,values,source,paper,note\n";

    [Fact]
    public void Known_numbers_are_found_with_their_source()
    {
        PublishedResult lincir = One("fashioniq", "ViT-L/14", "LinCIR");
        Assert.Equal(("26.28", "file"), Of(lincir, "all", "r10"));
        Assert.Equal(("50.18", "file"), Of(lincir, "toptee", "r50"));
        PublishedResult pic2word = One("cirr", "ViT-L/14", "Pic2Word");
        Assert.Equal(("53.76", "file"), Of(pic2word, "all", "rs1"));
        Assert.Equal(("74.46", "mem"), Of(pic2word, "all", "rs2"));
        Assert.Equal("file, mem", pic2word.Sources);
        Assert.Equal("test1", pic2word.Split);
        Assert.Equal(("12.59", "file"), Of(One("circo", "ViT-L/14", "LinCIR"), "all", "map5"));
        Assert.Equal(("16.90", "mem"), Of(One("genecis", "ViT-L/14", "LinCIR"), "focus_attribute", "r1"));
        Assert.Equal(("7.5", "calc"), Of(One("genecis", "", "chance"), "all", "r1"));
        Assert.Equal(("23.2", "file"), Of(One("imagenet-r", "ViT-L/14", "Pic2Word"), "all", "r50"));
    }

    [Fact]
    public void Every_result_is_one_that_can_be_matched()
    {
        Assert.True(PublishedResult.All.Count > 100);
        foreach (PublishedResult p in PublishedResult.All)
        {
            Assert.Contains(p.Kind, new[] { "zero-shot", "supervised", "" });
            Assert.All(p.Values.Values, v => Assert.InRange(v.Percent, 0, 100));
            Assert.All(p.Values.Values, v => Assert.Contains(v.Source, new[] { "file", "mem", "calc" }));
            Assert.True(p.Ours.Length == 0 || Method.Find(p.Ours).Name == p.Ours);
            if (p.Backbone.StartsWith("ViT-", StringComparison.Ordinal) && !p.Backbone.Contains(" with ", StringComparison.Ordinal))
                Assert.Equal(p.Backbone, ClipSizes.Find(p.Backbone).Name);
        }
    }

    /// <summary>A slip of the pen in a cell would show here. 0.14: the largest gap that is printed so (CompoDiff, fine-tuned).</summary>
    [Fact]
    public void Means_are_those_of_the_families()
    {
        int seen = 0;
        foreach (PublishedResult p in PublishedResult.All.Where(p =>
            p.Note.Length == 0 || !p.Note.Contains("is not the mean", StringComparison.Ordinal)))
            foreach (string metric in p.Values.Keys.Select(k => k.Metric).Distinct())
            {
                double[] families = [.. p.Values.Where(v => v.Key.Metric == metric && v.Key.Family != "all").Select(v => v.Value.Percent)];
                if (families.Length < 3 || !p.Values.TryGetValue(("all", metric), out PublishedValue? mean))
                    continue;
                seen++;
                Assert.True(Math.Abs(families.Average() - mean.Percent) < 0.14,
                    $"{p.Benchmark} {p.Method} {metric}: {families.Average()} and {mean.Percent}");
            }
        Assert.True(seen > 60);
    }

    /// <summary>Who looks further down finds no less: another slip of the pen that would show.</summary>
    [Fact]
    public void Recall_never_falls_with_K()
    {
        int seen = 0;
        foreach (PublishedResult p in PublishedResult.All)
            foreach (string family in p.Values.Keys.Select(k => k.Family).Distinct())
                foreach (string[] cuts in (string[][])[["r1", "r2", "r3", "r5", "r10", "r50"], ["rs1", "rs2", "rs3"]])
                {
                    double[] values = [.. cuts.Where(c => p.Values.ContainsKey((family, c))).Select(c => p.Values[(family, c)].Percent)];
                    Assert.True(values.Order().SequenceEqual(values), $"{p.Benchmark} {p.Backbone} {p.Method} {family}: {string.Join(", ", values)}");
                    seen += values.Length > 1 ? 1 : 0;
                }
        Assert.True(seen > 200, $"{seen}");
    }

    [Fact]
    public void The_evaluated_methods_stand_first_and_other_backbones_away()
    {
        IReadOnlyList<PublishedResult> beside = PublishedResult.Beside("cirr", "ViT-L/14", ["searle anchored", "text"]);
        Assert.Equal(["text", "searle", "image"], beside.Take(3).Select(p => p.Ours));
        Assert.All(beside, p => Assert.Equal("ViT-L/14", p.Backbone));
        Assert.Equal("chance", PublishedResult.Beside("genecis", "ViT-H/14", [])[^1].Method);
        Assert.Contains(PublishedResult.Beside("cirr", null, []), p => p.Backbone == "other");
        string[] kinds = [.. PublishedResult.Beside("fashioniq", null, ["combiner"]).Select(p => p.Kind)];
        Assert.Equal(kinds.OrderBy(k => k == "supervised"), kinds);                  // last, although one of them was evaluated
        Assert.Contains("supervised", kinds);
        Assert.Empty(PublishedResult.Beside("cirr", "ViT-B/16", []));
        Assert.Empty(PublishedResult.Beside("custom", null, []));
    }

    [Theory, InlineData("a,b\n"), InlineData(Header + "a,b\n"), InlineData(Header + "b,s,x,m,,zero-shot,all,r1=many,file,,\n")]
    public void What_is_not_such_a_file_is_refused(string csv) => Assert.Throws<FormatException>(() => PublishedResult.Parse(csv));

    [Fact]
    public void A_backbone_is_known_by_its_sizes_whatever_its_file_is_called()
    {
        ClipConfig large = ClipSizes.Find("ViT-L/14");
        Assert.Equal("ViT-L/14", ClipSizes.NameOf(large with { Name = "mine" }));
        Assert.Null(ClipSizes.NameOf(large with { P = 512 }));
        Assert.Null(ClipSizes.NameOf(large with { Vision = large.Vision with { Activation = Cirrus.Tensors.Activation.Gelu } }));
    }

    private static PublishedResult One(string benchmark, string backbone, string method) =>
        Assert.Single(PublishedResult.All, p => p.Benchmark == benchmark && p.Backbone == backbone && p.Method == method);

    private static (string, string) Of(PublishedResult p, string family, string metric) =>
        (p.Values[(family, metric)].Text, p.Values[(family, metric)].Source);
}

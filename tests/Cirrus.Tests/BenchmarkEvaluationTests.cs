using Cirrus.Clip;
using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Methods;
using Cirrus.Methods.LateFusion;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests;

public sealed class BenchmarkEvaluationTests
{
    [Fact]
    public void A_sentence_that_the_model_cannot_read_to_its_end_is_refused_before_pictures_are_opened()
    {
        using Device device = Device.Open("cpu");
        using ClipModel clip = TinyClip.Create(device);                                     // a token a letter
        using LateFusionComposer text = LateFusionComposer.Text(clip), image = LateFusionComposer.Image(clip);
        BenchmarkData data = SmallBenchmark.Data("b", [Metric.Recall(1)], ["x", "y"]);
        BenchmarkQuery[] queries = [data.Benchmark.Queries[0], data.Benchmark.Queries[1] with { Captions = ["is red", new string('a', clip.Tokenizer.Context - 1)] }];
        data = data with { Benchmark = new("b", "val", data.Benchmark.Candidates, data.Benchmark.References, ["target"], queries, data.Benchmark.Metrics) };
        CirrusException e = Assert.Throws<CirrusException>(() => Run(new EvaluatedMethod("text", text)));
        Assert.StartsWith("Query 'y/1' of b is a sentence of 78 tokens for text; the model reads 77: 'aaa", e.Message, StringComparison.Ordinal);
        queries[1] = queries[1] with { Captions = [new string('a', clip.Tokenizer.Context - 2)] };
        data = data with { Benchmark = new("b", "val", data.Benchmark.Candidates, data.Benchmark.References, ["target"], queries, data.Benchmark.Metrics) };
        Assert.Contains("pictures of b-val small are missing", Assert.Throws<CirrusException>(
            () => Run(new EvaluatedMethod("text", text), new EvaluatedMethod("image", image))).Message, StringComparison.Ordinal);

        void Run(params EvaluatedMethod[] methods) => BenchmarkEvaluation.Run(data, clip, methods, stop: TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("cirr", "val", 58)]
    [InlineData("cirr", "test1", 67)]
    [InlineData("fashioniq", "val", 40)]
    [InlineData("circo", "test", 37)]
    [InlineData("coco", "val2017", 35)]
    public void The_longest_sentences_of_the_field_fit(string benchmark, string split, int longest)
    {
        BpeTokenizer tokenizer = BpeTokenizer.Load(Shared.Need("data/clip/bpe_simple_vocab_16e6.txt.gz"));
        BenchmarkData data = BenchmarkSource.Find(benchmark).Open(new(Shared.Need("data/benchmarks"), split, NeedsPictures: false));
        Assert.Equal(longest, data.Benchmark.Queries.SelectMany(q =>
            q.Prompt is string whole ? [whole] : q.Captions.Select(c => PromptTemplates.Say(PromptTemplates.Papers, c)))
            .Max(s => tokenizer.Encode(s).Length));
    }
}

using Cirrus.Evaluation;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus.Tests.Evaluation.Benchmarks;

public sealed class CocoCompositionTests : IDisposable
{
    internal const string Csv =
        "id,query_regions,query_class,classes\n000000000007.jpg,1.5;1.0;4.0;3.0 ,cat,dining table;dog\n000000000009.jpg,0.0;0.0;2.0;2.0 ,dog,\n";

    internal const string Instances = """
        {"images": [{"id": 9, "file_name": "000000000009.jpg", "width": 4, "height": 4}, {"id": 7, "file_name": "000000000007.jpg", "width": 6, "height": 4},
                    {"id": 8, "file_name": "000000000008.jpg", "width": 4, "height": 4}],
         "categories": [{"id": 1, "name": "cat"}, {"id": 3, "name": "dining table"}, {"id": 4, "name": "dog"}],
         "annotations": [
           {"id": 30, "image_id": 7, "category_id": 3, "iscrowd": 0, "area": 24, "bbox": [0, 0, 6, 4], "segmentation": [[0, 0, 6, 0, 6, 4, 0, 4]]},
           {"id": 31, "image_id": 7, "category_id": 1, "iscrowd": 0, "area": 5, "bbox": [1.5, 1, 2.5, 2], "segmentation": [[1.5, 1, 4, 1, 4, 3, 1.5, 3]]},
           {"id": 32, "image_id": 7, "category_id": 4, "iscrowd": 0, "area": 0, "bbox": [1, 1, 0.2, 0.2], "segmentation": [[1, 1, 1.2, 1, 1.2, 1.2]]},
           {"id": 33, "image_id": 9, "category_id": 4, "iscrowd": 1, "area": 4, "bbox": [0, 0, 2, 2], "segmentation": {"counts": [0, 2, 2, 2, 10], "size": [4, 4]}},
           {"id": 34, "image_id": 8, "category_id": 4, "iscrowd": 0, "area": 16, "bbox": [0, 0, 4, 4], "segmentation": [[0, 0, 4, 0, 4, 4, 0, 4]]}]}
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_draw_at_hand_has_what_is_published()
    {
        BenchmarkData data = BenchmarkSource.Find("coco").Open(new(Shared.Need("data/benchmarks")));
        Assert.All(data.Counts, c => Assert.False(c.Differs, c.What));
        Assert.Equal((4765, 4765, 9530), (data.Benchmark.Queries.Count, data.Benchmark.Candidates.Count, data.Pictures.Count));
        Assert.Equal(869, data.Benchmark.Queries.Count(q => q.Prompt!.EndsWith(" and ", StringComparison.Ordinal)));
        Assert.Equal(
            "a photo of $ and chair and potted plant and tv and person and microwave and refrigerator and book and clock and vase and dining table",
                data.Benchmark.Queries[0].Prompt);
        Assert.Equal(data.Benchmark.Candidates.Order(StringComparer.Ordinal), data.Benchmark.Candidates);
    }

    [Fact]
    public void Objects_of_the_real_file_have_the_area_that_it_says()
    {
        using AnnotationFile file = AnnotationFile
            .Open(Shared.Need("data/benchmarks/coco/mini/annotations/instances_val2017.json"), CocoInstances.Official);
        int crowds = 0, plain = 0;
        foreach (CocoPicture picture in CocoInstances.Pictures(file))
            foreach (CocoObject o in picture.Objects)
            {
                ObjectMask mask = CocoInstances.Mask(picture, o);
                double area = o.Record.Field("area").Number();
                if (mask.Runs is { } runs)
                {
                    crowds++;
                    Assert.Equal(runs.Where((_, i) => i % 2 == 1).Sum(), MaskRaster.Runs(runs, mask.Width, mask.Height).Count(inside => inside));
                    continue;
                }
                plain++;
                int covered = MaskRaster.Polygons(mask.Polygons, mask.Width, mask.Height).Count(inside => inside);
                // Pixels on the outline are in or out as wholes: their errors cancel along it but for a part of its length (0.20 at most here).
                double most = 0.25 * mask.Polygons.Sum(Length);
                Assert.InRange(covered, area - most, area + most);
                if (area > 1000)
                    Assert.InRange(covered, 0.98 * area, 1.02 * area);
            }
        Assert.Equal((5, 619), (crowds, plain));
    }

    [Fact]
    public void A_seeded_draw_follows_the_published_rules_on_the_real_file()
    {
        string mini = Shared.Need("data/benchmarks/coco/mini"), csv = Shared.Need("data/benchmarks/coco/coco_eval.csv");
        BenchmarkData data = Draw(mini, 1);
        Dictionary<string, string[]> rows = File.ReadLines(csv).Skip(1).Select(l => l.Split(',')).ToDictionary(r => r[0]);
        foreach (BenchmarkQuery q in data.Benchmark.Queries)
        {
            // Another draw of the same file: pictures and classes are the same, in the same order, whatever object was drawn.
            string[] row = rows[q.Id];
            string[] published = row[3].Split(';', StringSplitOptions.RemoveEmptyEntries),
                ours = q.Prompt!["a photo of $ and ".Length..].Split(" and ", StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(published.Append(row[2]).Order(), ours.Order());
            Assert.Equal(published.Except([ours[0]]), ours.Skip(1).Except([row[2]]));
        }
        Assert.Equal(77, data.Benchmark.Queries.Count);
        Assert.Contains("seed 1", data.Protocol, StringComparison.Ordinal);
        Assert.Equal(Objects(data), Objects(Draw(mini, 1)));
        Assert.NotEqual(Objects(data), Objects(Draw(mini, 2)));
    }

    [Fact]
    public void Rows_of_the_list_find_their_outlines_in_the_real_file()
    {
        // The list at hand cut to the pictures of the small annotation file.
        string[] lines = File.ReadAllLines(Shared.Need("data/benchmarks/coco/coco_eval.csv"));
        string instances = Shared.Need("data/benchmarks/coco/mini/annotations/instances_val2017.json");
        HashSet<string> pictures = [.. Draw(Path.GetDirectoryName(Path.GetDirectoryName(instances))!, 1).Benchmark.Candidates];
        Write(string.Join('\n', lines.Where((l, i) => i == 0 || pictures.Contains(l.Split(',')[0]))), File.ReadAllText(instances));
        BenchmarkData data = Read();
        Assert.Equal(pictures.Count, data.Benchmark.Queries.Count);
        Assert.All(data.Pictures.Skip(pictures.Count), p => Assert.NotNull(((ObjectView)p.View!).Mask));
    }

    [Fact]
    public void A_row_becomes_a_prompt_a_whole_target_and_a_cut_out_query()
    {
        Write(Csv, Instances);
        BenchmarkData data = Read();
        Assert.Equal(["a photo of $ and cat and dining table and dog", "a photo of $ and dog and "], data.Benchmark.Queries.Select(q => q.Prompt));
        Assert.Equal(["a photo of cat and dining table and dog", "a photo of dog and "], data.Benchmark.Queries.Select(q => q.Captions.Single()));
        Assert.Null(data.Pictures[data.Candidates[0]].View);
        ObjectView polygon = (ObjectView)data.Pictures[data.References[0]].View!, runs = (ObjectView)data.Pictures[data.References[1]].View!;
        Assert.Equal((1.5, 1, 4, 3, 31), (polygon.X1, polygon.Y1, polygon.X2, polygon.Y2, polygon.Mask!.Annotation));
        Assert.Equal([0, 2, 2, 2, 10], runs.Mask!.Runs!);
        Assert.Contains(_folder.At("val2017/000000000007.jpg"), data.Pictures[data.References[0]].Places);
    }

    [Fact]
    public void A_masked_picture_that_is_there_is_used_as_it_is()
    {
        Write(Csv, Instances);
        Directory.CreateDirectory(_folder.At("val2017_masked"));
        File.WriteAllText(_folder.At("val2017_masked/000000000007.jpg"), "");
        BenchmarkData data = Read();
        Assert.Null(((ObjectView)data.Pictures[data.References[0]].View!).Mask);
        Assert.Equal(_folder.At("val2017_masked/000000000007.jpg"), data.Pictures[data.References[0]].Find());
        Assert.NotNull(((ObjectView)data.Pictures[data.References[1]].View!).Mask);
        // Someone else's masked pictures show someone else's draw.
        Assert.NotNull(((ObjectView)Draw(_folder.Path, 1).Pictures[2].View!).Mask);
    }

    [Fact]
    public void Without_outlines_the_masked_pictures_are_needed_and_a_note_says_so()
    {
        Write(Csv, Instances);
        Assert.Empty(Read().Notes);
        File.Delete(_folder.At("annotations/instances_val2017.json"));
        BenchmarkData data = Read();
        Assert.Equal([_folder.At("val2017_masked/000000000007.jpg")], data.Pictures[data.References[0]].Places.Take(1));
        Assert.Contains("the masked pictures of the preparation are used for all 2 queries", data.Notes.Single(), StringComparison.Ordinal);
        Assert.Empty(BenchmarkSource.Find("coco").Open(new(_folder.Path, NeedsPictures: false)).Notes);
    }

    [Fact]
    public void Objects_of_half_the_picture_or_of_hardly_a_pixel_are_not_drawn()
    {
        Write(null, Instances);
        for (ulong seed = 0; seed < 20; seed++)
            Assert.Equal(["a photo of $ and cat and dining table and dog", "a photo of $ and dog and "],
                Draw(_folder.Path, seed).Benchmark.Queries.Select(q => q.Prompt));
    }

    [Theory, InlineData("[0, 0, 3, 4]", 1), InlineData("[0, 0, 2.99, 4]", 2), InlineData("[0, 0, 0.05, 1]", 1), InlineData("[0, 0, 0.051, 1]", 2)]
    public void Bounds_of_the_drawn_are_half_the_picture_and_a_twentieth_of_a_pixel(string box, int drawn)
    {
        Write(null, Instances.Replace("\"bbox\": [0, 0, 6, 4]", $"\"bbox\": {box}", StringComparison.Ordinal));
        Assert.Equal(drawn, Enumerable.Range(0, 30).Select(seed => Objects(Draw(_folder.Path, (ulong)seed))[0]).Distinct().Count());
    }

    [Fact]
    public void Run_lengths_go_down_the_columns_of_a_picture_of_their_height_and_width()
    {
        const string Wide = "\"file_name\": \"000000000009.jpg\", \"width\": 8, \"height\": 2",
            Square = "\"file_name\": \"000000000009.jpg\", \"width\": 4, \"height\": 4";
        Write(Csv, Instances.Replace(Square, Wide, StringComparison.Ordinal)
            .Replace("\"size\": [4, 4]", "\"size\": [2, 8]", StringComparison.Ordinal));
        BenchmarkData data = Read();
        ObjectMask mask = ((ObjectView)data.Pictures[data.References[1]].View!).Mask!;
        Assert.Equal((8, 2), (mask.Width, mask.Height));
        Assert.Equal([0, 2, 8, 10], MaskRaster.Runs(mask.Runs!, mask.Width, mask.Height).Index().Where(p => p.Item).Select(p => p.Index));
    }

    [Fact]
    public void Ranks_are_counted_from_1_and_their_median_is_cut_to_a_whole_number()
    {
        Metric mean = Metric.MeanRank(5), median = Metric.MedianRank(5);
        BenchmarkQuery query = new(0, -1, ["x"], [[0]], "coco");
        // 0-based ranks 0, 1, 3 and a target that is not ranked: the last place, 4. Median 2 of (1, 3), plus 1.
        double[] ranks = [.. new int[][] { [0, 1, 2, 3, 4], [1, 0, 2, 3, 4], [4, 3, 2, 0, 1], [] }.Select(r => mean.Of(new(query, [0], r, [])))];
        Assert.Equal([1, 2, 4, 5], ranks);
        Assert.Equal(3, mean.Summary(ranks));
        Assert.Equal(3, median.Summary(ranks));
        Assert.Equal(2, median.Summary([1, 2, 3, 4]));
        Assert.Equal(2, median.Summary([4, 1, 2]));
        Assert.Equal(("12.00", "50.00"), (ScoreTable.Number(mean, 12), ScoreTable.Number(Metric.Recall(1), 0.5)));
    }

    [Theory]
    [InlineData("query_class,classes\n", "query_class,others\n", "does not begin with")]
    [InlineData(",dining table;dog\n", "\n", "line 2: '000000000007.jpg,1.5;1.0;4.0;3.0 ,cat' is not of four fields")]
    [InlineData("000000000009", "000000000007", "line 3: '000000000007.jpg' is there twice")]
    [InlineData("000000000009", "../9", "line 3: '../9.jpg,0.0;0.0;2.0;2.0 ,dog,' is not of four fields")]
    [InlineData("0.0;0.0;2.0;2.0 ", "0.0;0.0;2.0 ", "line 3: the region is '0.0;0.0;2.0 '")]
    [InlineData("0.0;0.0;2.0;2.0 ", "0.0;0.0;2,0;2.0 ", "line 3")]
    [InlineData("0.0;0.0;2.0;2.0 ", "0.0;x;2.0;2.0 ", "line 3: 'x' is no number")]
    [InlineData("0.0;0.0;2.0;2.0 ", "0.5;0.0;2.0;2.0 ", "line 3: instances_val2017.json has no such dog in that picture")]
    public void A_row_that_is_wrong_is_told_by_its_line(string official, string found, string message)
    {
        Write(Csv.Replace(official, found, StringComparison.Ordinal), Instances);
        Assert.Contains(message, Assert.Throws<CirrusException>(Read).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[0, 2, 2, 2, 10]", "[0, 2, 2, 2, 9]", "has runs of 15 pixels")]
    [InlineData("[0, 2, 2, 2, 10]", "[0, 2, -2, 2, 14]", "counts[2] is -2")]
    [InlineData("[0, 2, 2, 2, 10]", "\"022RN\"", "packed run lengths")]
    [InlineData("\"size\": [4, 4]", "\"size\": [2, 8]", "the size 2 × 8")]
    [InlineData("[1.5, 1, 4, 1, 4, 3, 1.5, 3]", "[1.5, 1, 4, 1]", "segmentation[0] has 4 numbers")]
    [InlineData("[1.5, 1, 4, 1, 4, 3, 1.5, 3]", "[1.5, 1, 4, 1, 4, 3, 1e9, 3]", "such as lie far outside")]
    [InlineData("\"category_id\": 3", "\"category_id\": 2", "class 2 that is not there")]
    [InlineData("\"image_id\": 8", "\"image_id\": 1", "picture 1 that is not there")]
    [InlineData("\"bbox\": [0, 0, 6, 4]", "\"bbox\": [0, 0, 6]", "bbox is [0, 0, 6]")]
    [InlineData("\"width\": 6", "\"width\": 600000", "width is 600000")]
    public void An_annotation_that_is_wrong_is_told_by_record_and_field(string official, string found, string message)
    {
        Write(Csv, Instances.Replace(official, found, StringComparison.Ordinal));
        CirrusException error = Assert.Throws<CirrusException>(Read);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("instances_val2017.json", error.Message, StringComparison.Ordinal);
    }

    private static double Length(double[] polygon) => Enumerable.Range(0, polygon.Length / 2).Sum(i =>
        double.Hypot(polygon[2 * i] - polygon[((2 * i) + 2) % polygon.Length], polygon[(2 * i) + 1] - polygon[((2 * i) + 3) % polygon.Length]));

    private static long[] Objects(BenchmarkData data) => [.. data.References.Select(r => ((ObjectView)data.Pictures[r].View!).Mask!.Annotation)];

    private static BenchmarkData Draw(string folder, ulong seed) => BenchmarkSource.Find("coco").Open(new(folder, null, "draw", seed));

    private BenchmarkData Read() => BenchmarkSource.Find("coco").Open(new(_folder.Path));

    private void Write(string? csv, string instances)
    {
        if (csv is not null)
            File.WriteAllText(_folder.At("coco_eval.csv"), csv);
        Directory.CreateDirectory(_folder.At("annotations"));
        File.WriteAllText(_folder.At("annotations/instances_val2017.json"), instances);
    }
}

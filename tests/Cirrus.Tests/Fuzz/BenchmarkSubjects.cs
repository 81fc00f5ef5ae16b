using Cirrus.Evaluation.Benchmarks;
using Cirrus.Evaluation.Rankings;
using Cirrus.Evaluation.Submissions;
using Cirrus.Tests.Evaluation.Benchmarks;
using Cirrus.Tests.Evaluation.Rankings;

namespace Cirrus.Tests.Fuzz;

/// <summary>Annotations of every benchmark, rankings and submissions.</summary>
internal static class BenchmarkSubjects
{
    private static readonly Lazy<BenchmarkData> Cirr = new(() =>
    {
        using SmallCirr files = new();
        return BenchmarkSource.Find("cirr").Open(new(files.Data, NeedsPictures: false));
    });

    public static IReadOnlyList<FuzzSubject> All { get; } =
    [
        Annotations("cirr", "val",
            ("image_splits/split.rc2.val.json",
                """{"dev-0": "./dev/dev-0.png", "dev-1": "./dev/dev-1.png", "dev-2": "./dev/dev-2.png", "dev-3": "./dev/dev-3.png"}"""),
            ("captions/cap.rc2.val.json", """
                [{"pairid": 7, "reference": "dev-2", "target_hard": "dev-0", "target_soft": {"dev-0": -1.0}, "caption": "more dogs", "img_set": {"id": 3, "members": ["dev-0", "dev-2", "dev-3"]}}]
                """)),
        Annotations("circo", "val",
            ("annotations/val.json", """
                [{"reference_img_id": 5, "target_img_id": 4, "relative_caption": "has more cats", "shared_concept": "a cat", "gt_img_ids": [30, 4], "id": 0, "semantic_aspects": ["negation", "addition"]}]
                """),
            ("COCO2017_unlabeled/annotations/image_info_unlabeled2017.json",
                """{"images": [{"id": 30, "file_name": "000000000030.jpg"}, {"id": 4, "file_name": "000000000004.jpg"}, {"id": 5, "file_name": "000000000005.jpg"}]}""")),
        Annotations("fashioniq", "val",
            ("captions/cap.dress.val.json", """[{"target": "B2", "candidate": "B1", "captions": ["is red. ", " longer"]}]"""),
            ("captions/cap.shirt.val.json", """[{"target": "S1", "candidate": "B1", "captions": ["a", "b"]}]"""),
            ("captions/cap.toptee.val.json", """[{"target": "T2", "candidate": "T1", "captions": ["a", "b"]}]"""),
            ("image_splits/split.dress.val.json", """["B3", "B1", "B2"]"""), ("image_splits/split.shirt.val.json",
                """["B1", "S1"]"""), ("image_splits/split.toptee.val.json", """["T1", "T2"]""")),
        Annotations("coco", "val2017", ("coco_eval.csv", CocoCompositionTests.Csv),
            ("annotations/instances_val2017.json", CocoCompositionTests.Instances)),
        new("genecis annotations", GeneCisTests.Write, f => Open("genecis", f)),
        new("imagenet-r annotations", f => ImageNetRTests.WriteInto(f, "imgnet/real/n1/a.JPEG 2 "), f => Open("imagenet-r", f)),
        new("custom benchmark", Custom, f => Open("custom", f)) { Files = ["queries.json", "list.tsv"] },
        new("custom benchmark, lines", Lines, f => Open("custom", f)) { Files = ["queries.jsonl"] },
        new("rankings", f => File.WriteAllText(Path.Combine(f, "r.json"), """{"100": ["dev-1", "./dev/dev-2.png"], "101": ["dev-3"], "102": []}"""),
            f => RankingsFile.Read(Path.Combine(f, "r.json"), Cirr.Value)) { Share = 2 },
        new("CIRR submission", f => File.WriteAllText(Path.Combine(f, "s.json"),
            """{"version": "rc2", "metric": "recall", "100": ["dev-1", "dev-2"], "101": ["dev-3"], "102": []}"""), Submission),
        new("CIRCO submission", f => File.WriteAllText(Path.Combine(f, "s.json"), """{"0": [1, 2, 3], "1": [4, 5]}"""), Submission),
    ];

    private static FuzzSubject Annotations(string benchmark, string split, params (string Path, string Text)[] files) =>
        new($"{benchmark} annotations", folder =>
    {
        foreach ((string path, string text) in files)
            Write(folder, path, text);
    }, f => BenchmarkSource.Find(benchmark).Open(new(f, split, NeedsPictures: false)));

    private static void Open(string benchmark, string folder) => BenchmarkSource.Find(benchmark).Open(new(folder, NeedsPictures: false));

    private static void Custom(string folder)
    {
        Write(folder, "queries.json", """
            {"drop_reference": true, "gallery": "list.tsv", "queries": [
              {"id": 5, "image": "asked/q.jpg", "text": "in blue", "targets": ["B"], "subset": ["A", "shop/b.jpg"]},
              {"image": "A", "text": ["in blue", "or red"], "targets": ["shop/b.jpg"], "subset": ["shop/c.png", "B"], "family": "age", "aspects": ["time"]}]}
            """);
        Write(folder, "list.tsv", "A\tshop/a.jpg\n\nB\t./shop/b.jpg\nshop/c.png\n");
        Pictures(folder);
    }

    private static void Lines(string folder)
    {
        Write(folder, "queries.jsonl", """
            {"gallery": "shop"}
            {"image": "asked/q.jpg", "text": "in blue", "targets": ["shop/b.jpg"]}
            {"image": "shop/a.jpg", "text": "in red", "targets": ["shop/b.jpg", "shop/c.png"], "id": "two"}
            """);
        Pictures(folder);
    }

    private static void Pictures(string folder)
    {
        foreach (string picture in new[] { "shop/a.jpg", "shop/b.jpg", "shop/c.png", "asked/q.jpg" })
            Write(folder, picture, "");
    }

    private static void Submission(string folder) => SubmissionFiles.Check(Path.Combine(folder, "s.json"), SubmissionFormat.All, null);

    private static void Write(string folder, string path, string text)
    {
        string full = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}

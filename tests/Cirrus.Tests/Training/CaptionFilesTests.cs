using System.IO.Compression;
using System.Text;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Tests.Training;

public sealed class CaptionFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cirrus").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_text_file_has_one_caption_a_line_and_tells_what_it_left_out()
    {
        string path = Write("a.txt", "\uFEFFa red car\r\n\n  the sea \r\n"u8, [0xff, 0xfe, (byte)'\n'], "last"u8);
        (CaptionCorpus captions, IReadOnlyList<CaptionFileReport> reports) = CaptionFiles.Read([path]);
        Assert.Equal(["a red car", "  the sea ", "last"], captions);
        Assert.Equal("a.txt: 3 captions; 2 lines left out: 1 empty (line 2), 1 not UTF-8 (line 4)", reports[0].ToString());
    }

    [Theory]
    [InlineData("CAPTION\tid\na \"b\"\t1\n", null)]
    [InlineData("id\ttext\n1\ta \"b\"\n", null)]
    [InlineData("caption\tother\nwrong\ta \"b\"\n", "other")]
    public void A_table_finds_its_column_and_a_tsv_has_no_quotes(string text, string? column)
    {
        (CaptionCorpus captions, _) = CaptionFiles.Read([Write("a.tsv", Encoding.UTF8.GetBytes(text))], column);
        Assert.Equal(["a \"b\""], captions);
    }

    [Fact]
    public void Rows_of_another_length_are_counted_with_their_lines()
    {
        string path = Write("a.tsv", "id\tcaption\n1\tone\n2\n3\tthree\tmore\n4\tfour\n5\t \n"u8);
        (CaptionCorpus captions, IReadOnlyList<CaptionFileReport> reports) = CaptionFiles.Read([path]);
        Assert.Equal(["one", "four"], captions);
        Assert.Equal("a.tsv: 2 captions; 3 lines left out: 2 without 2 fields (lines 3, 4), 1 empty (line 6)", reports[0].ToString());
    }

    [Fact]
    public void A_csv_has_quotes_that_may_hold_commas_quotes_and_lines()
    {
        string path = Write("a.csv", "id,caption\n1,\"a, \"\"b\"\"\nc\"\n2,plain\n"u8);
        Assert.Equal(["a, \"b\"\nc", "plain"], CaptionFiles.Read([path]).Captions);
    }

    [Fact]
    public void Every_line_lost_in_an_open_quote_is_counted()
    {
        string path = Write("a.csv", "caption\nfine\n\"open\nx\ny\n"u8);
        (CaptionCorpus captions, IReadOnlyList<CaptionFileReport> reports) = CaptionFiles.Read([path]);
        Assert.Equal(["fine"], captions);
        Assert.Equal([new BadLines("in an open quote", 3, [3, 4, 5]).ToString()], reports[0].Bad.Select(b => b.ToString()));
    }

    [Fact]
    public void Json_lines_are_objects_or_strings()
    {
        string path = Write("a.jsonl", "{\"text\":\"a\",\"n\":1}\n\"b\"\n{\"n\":2}\n{\n{\"text\":5}\n[]\n\"\\uD800\"\n"u8);
        (CaptionCorpus captions, IReadOnlyList<CaptionFileReport> reports) = CaptionFiles.Read([path]);
        Assert.Equal(["a", "b"], captions);
        Assert.Equal(["3 without caption/text/prompt (lines 3, 5, 6)", "2 not JSON (lines 4, 7)"], reports[0].Bad.Select(b => b.ToString()));
    }

    [Fact]
    public void Gzip_is_read_and_damage_is_told()
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write("caption\none\ntwo\n"u8);
        byte[] bytes = packed.ToArray();
        Assert.Equal(["one", "two"], CaptionFiles.Read([Write("a.tsv.gz", bytes)]).Captions);
        bytes[12] ^= 0xff;
        Assert.Throws<CirrusException>(() => CaptionFiles.Read([Write("b.tsv.gz", bytes)]));
    }

    [Fact]
    public void Several_files_follow_each_other()
    {
        string a = Write("a.txt", "one\n"u8), b = Write("b.jsonl", "\"two\"\n"u8);
        Assert.Equal(["one", "two"], CaptionFiles.Read([a, b]).Captions);
    }

    [Theory]
    [InlineData("a.tsv", "id\tname\n1\tx\n", "--column")]
    [InlineData("a.tsv", "", "header")]
    [InlineData("a.parquet", "PAR1", ".jsonl")]
    public void Errors_say_what_to_do(string name, string text, string inMessage)
    {
        CirrusException e = Assert.Throws<CirrusException>(() => CaptionFiles.Read([Write(name, Encoding.UTF8.GetBytes(text))]));
        Assert.Contains(inMessage, e.Message + e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_of_megabytes_is_left_out_and_the_next_is_read()
    {
        byte[] huge = new byte[TextLines.Longest + 1];
        huge.AsSpan().Fill((byte)'x');
        (CaptionCorpus captions, IReadOnlyList<CaptionFileReport> reports) = CaptionFiles.Read([Write("a.txt", huge, "\nshort\n"u8)]);
        Assert.Equal(["short"], captions);
        Assert.Equal("too long", reports[0].Bad[0].Reason);
    }

    [Fact]
    public void A_corpus_of_many_chunks_gives_back_every_caption()
    {
        CaptionCorpus corpus = [];
        string[] captions = [.. Enumerable.Range(0, 40).Select(i => new string((char)('a' + (i % 26)), i * 50_000)), "", "é"];
        foreach (string caption in captions)
            corpus.Add(caption);
        Assert.Equal(captions, corpus);
        Assert.Equal(CaptionCorpus.Fingerprint(captions), CaptionCorpus.Fingerprint(corpus));
        Assert.NotEqual(CaptionCorpus.Fingerprint(["ab", "c"]), CaptionCorpus.Fingerprint(["a", "bc"]));
    }

    [Fact]
    public void The_shared_captions_are_all_read()
    {
        string folder = Shared.Need("data/captions");
        (CaptionCorpus captions, IReadOnlyList<CaptionFileReport> reports) =
            CaptionFiles.Read([.. Directory.GetFiles(folder, "*.gz").Order(StringComparer.Ordinal)]);
        Assert.Equal(202_969, captions.Count + reports.Sum(r => r.Bad.Sum(b => b.Count)));
        Assert.True(captions.Count > 202_900, string.Join("\n", reports));
    }

    private string Write(string name, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b = default, ReadOnlySpan<byte> c = default)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, [.. a, .. b, .. c]);
        return path;
    }
}

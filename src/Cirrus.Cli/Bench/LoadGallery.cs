using Cirrus.Clip;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Cli.Bench;

/// <summary>A drawn gallery that changes between two states, and what the library answers in each.</summary>
internal sealed class LoadGallery : IDisposable
{
    /// <summary>Pictures that come and go, fewer than the indexer saves at a time: no third state can be seen.</summary>
    private const int Guests = 24;

    private const int QueriesPerKind = 16;
    private readonly string _outside;
    private readonly string[] _guests;

    private LoadGallery(string path, IReadOnlyList<string> guests) => (Path, _guests, _outside) = (path, [.. guests], path + "-outside");

    public string Path { get; }

    /// <summary>0: all pictures are there; 1: the guests are away.</summary>
    public int State { get; private set; }

    public List<LoadQuery> Queries { get; } = [];

    /// <summary>Draws and indexes the gallery and asks the library every query in both states.</summary>
    public static LoadGallery Make(string path, int pictures, CancellationToken stop)
    {
        DemoGallery drawn = DemoGallery.Make(pictures);
        DemoFolder folder = DemoFolder.Open(path);
        folder.Draw(drawn, stop);
        LoadGallery gallery = new(path, [.. drawn.Names.TakeLast(Guests)]);
        using Device device = Device.Open("cpu");
        using ClipModel clip = PlaygroundClip.Load(device);
        folder.Index(clip, null, stop);
        using (Retriever first = Retriever.Open(path, model: PlaygroundClip.Folder))
        {
            gallery.Ask(drawn, folder, first);
            gallery.Learn(first);
        }
        gallery.Turn();
        folder.Index(clip, null, stop);
        using (Retriever second = Retriever.Open(path, model: PlaygroundClip.Folder))
            gallery.Learn(second);
        return gallery;
    }

    /// <summary>Takes the guests away, or brings them back; the gallery sees it when it is indexed next.</summary>
    public void Turn()
    {
        Directory.CreateDirectory(_outside);
        string inside = System.IO.Path.Combine(Path, "pictures");
        (string from, string to) = State == 0 ? (inside, _outside) : (_outside, inside);
        foreach (string name in _guests)
            File.Move(System.IO.Path.Combine(from, name), System.IO.Path.Combine(to, name));
        State = 1 - State;
    }

    public void Dispose()
    {
        if (Directory.Exists(_outside))
            Directory.Delete(_outside, recursive: true);
    }

    private void Learn(Retriever retriever)
    {
        foreach (LoadQuery query in Queries)
            query.Learn(retriever);
    }

    /// <summary>Queries about pictures that stay, spread over the gallery; every other picture is known by its id.</summary>
    private void Ask(DemoGallery drawn, DemoFolder folder, Retriever retriever)
    {
        Dictionary<string, long> ids = retriever.Gallery.Items.ToDictionary(i => System.IO.Path.GetFileName(i.Path), i => i.Id);
        int staying = drawn.Names.Count - Guests;
        for (int i = 0; i < QueriesPerKind; i++)
        {
            int about = (i * staying / QueriesPerKind) + (i % 7), other = (about + (staying / 3)) % staying;
            string name = drawn.Names[about % staying], file = folder.PictureAt(name);
            string words = string.Join(' ', System.IO.Path.GetFileNameWithoutExtension(drawn.Names[other])[5..]
                .Split('-', StringSplitOptions.RemoveEmptyEntries));
            byte[]? bytes = i % 2 == 0 ? File.ReadAllBytes(file) : null;
            long? id = bytes is null ? ids[name] : null;
            Queries.Add(new("text", $"a {words}", null, null));
            Queries.Add(new("picture", null, id, bytes));
            Queries.Add(new("composed", $"with a {words}", id, bytes));
        }
    }
}

using Cirrus.Tensors;

namespace Cirrus.Evaluation.Benchmarks;

/// <summary>The pictures of a user's own benchmark: the gallery, and reference pictures that may stand outside of it.</summary>
internal sealed class CustomPictures
{
    private readonly string _folder;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal), _paths = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int> _references = [];
    private readonly List<BenchmarkPicture> _all = [];
    private readonly List<int> _pictureOfReference = [];

    /// <param name="folder">paths are relative to it.</param>
    /// <exception cref="CirrusException">An id or a path is there twice, or there is no picture.</exception>
    public CustomPictures(string folder, IReadOnlyList<(string Id, string Path)> gallery)
    {
        _folder = folder;
        foreach ((string id, string path) in gallery)
        {
            if (!_ids.TryAdd(id, _all.Count) || !_paths.TryAdd(path, _all.Count))
                throw new CirrusException($"The gallery of '{folder}' has {(id == path ? $"'{id}'" : $"'{id}' or '{path}'")} twice.",
                    hint: "every id and every path once");
            _all.Add(Picture(id, path));
        }
        if (gallery.FirstOrDefault(g => _paths.TryGetValue(g.Id, out int other) && gallery[other].Id != g.Id) is { Id: string twofold })
            throw new CirrusException($"In the gallery of '{folder}', '{twofold}' is the id of one picture and the path of another.",
                hint: "choose other ids");
        if (_all.Count == 0)
            throw new CirrusException($"The gallery of '{folder}' is empty.",
                hint: "name its pictures in gallery.txt, or put them into the folder; docs/formats.md describes the files");
        Candidates = [.. gallery.Select(g => g.Id)];
    }

    /// <summary>The gallery's pictures, then those of references outside of it.</summary>
    public IReadOnlyList<BenchmarkPicture> All => _all;

    public IReadOnlyList<string> Candidates { get; }

    public IReadOnlyList<int> PictureOfReference => _pictureOfReference;

    public IReadOnlyList<string> References => [.. _pictureOfReference.Select(p => _all[p].Name)];

    /// <summary>The row of a reference picture, and its place among the candidates or -1.</summary>
    /// <exception cref="CirrusException">It leads out of the folder.</exception>
    public (int Row, int Itself) Reference(AnnotationRecord name)
    {
        int itself = Find(name) ?? -1, picture = itself;
        if (itself < 0)
        {
            string path = name.FileBelow();
            if (!_paths.TryGetValue(path, out picture))
            {
                _paths.Add(path, picture = _all.Count);
                _all.Add(Picture(path, path));
            }
        }
        if (_references.TryAdd(picture, _pictureOfReference.Count))
            _pictureOfReference.Add(picture);
        return (_references[picture], itself);
    }

    /// <summary>Places of a list of candidates.</summary>
    /// <exception cref="CirrusException">One is unknown, or there twice.</exception>
    public int[] Candidate(AnnotationRecord list)
    {
        HashSet<int> places = [];
        foreach (AnnotationRecord name in list.List())
        {
            int place = Find(name) ?? throw name.Wrong($"{name.Where} is '{name.Id()}', which is no picture of the gallery",
                "ids or paths of the gallery");
            if (!places.Add(place))
                throw name.Wrong($"{name.Where} is '{name.Id()}' once more", "each once");
        }
        return [.. places];
    }

    private int? Find(AnnotationRecord name)
    {
        string asked = name.Id();
        if (_ids.TryGetValue(asked, out int place))
            return place;
        string path = asked.StartsWith("./", StringComparison.Ordinal) ? asked[2..] : asked;
        return _paths.TryGetValue(path, out place) && place < Candidates.Count ? place : null;
    }

    private BenchmarkPicture Picture(string name, string path) => new(name, [Path.Combine(_folder, path)]);
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>Pictures on disk to learn from.</summary>
public static class TrainingPictures
{
    /// <summary>Pictures of folders, single files, and lists (.txt, one path a line, relative to the list), in the order given; each once.</summary>
    /// <param name="places">paths of folders, pictures and lists.</param>
    /// <param name="orientation">as stored is what published code does.</param>
    /// <exception cref="CirrusException">A path is not there, or no picture is found.</exception>
    public static PictureSet Find(IReadOnlyList<string> places, Preprocessing preprocessing, Orientation orientation = Orientation.Stored)
    {
        FileInfo[] files = [.. places.SelectMany(FilesOf).DistinctBy(f => f.FullName)];
        if (files.Length == 0)
            throw new CirrusException($"There is no picture in {string.Join(", ", places)}.",
                hint: "name folders, pictures, or .txt lists of them: --pictures photos");
        return Of(files, preprocessing, orientation);
    }

    /// <summary>The pictures that have one of the names: a file's name or its path below its folder, with its ending or without.</summary>
    /// <returns>the pictures found, in the order of the names, and the place of every name that has one.</returns>
    /// <exception cref="CirrusException">A path is not there, or a name is that of several pictures.</exception>
    public static (PictureSet Pictures, IReadOnlyDictionary<string, int> Places) Named(IReadOnlyList<string> places, IEnumerable<string> names,
        Preprocessing preprocessing, Orientation orientation = Orientation.Stored)
    {
        Dictionary<string, List<FileInfo>> known = [];
        foreach (string place in places)
        {
            string root = Path.GetFullPath(Directory.Exists(place) ? place : Path.GetDirectoryName(Path.GetFullPath(place))!);
            foreach (FileInfo file in FilesOf(place))
            {
                string below = Path.GetRelativePath(root, file.FullName).Replace('\\', '/');
                string[] forms = [below, Path.ChangeExtension(below, null), file.Name, Path.GetFileNameWithoutExtension(file.Name)];
                foreach (string name in forms.Distinct())
                    if (!known.TryGetValue(name, out List<FileInfo>? same))
                        known.Add(name, [file]);
                    else if (same.TrueForAll(f => f.FullName != file.FullName))
                        same.Add(file);
            }
        }
        List<FileInfo> found = [];
        Dictionary<string, int> at = [], byFile = [];
        foreach (string name in names.Distinct())
        {
            if (!known.TryGetValue(name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name, out List<FileInfo>? files))
                continue;
            if (files.Count > 1)
                throw new CirrusException($"'{name}' could be '{files[0].FullName}' or '{files[1].FullName}'.",
                    hint: "name a folder that has one picture of that name");
            if (byFile.TryAdd(files[0].FullName, found.Count))
                found.Add(files[0]);
            at.Add(name, byFile[files[0].FullName]);
        }
        return (Of([.. found], preprocessing, orientation), at);
    }

    private static PictureSet Of(FileInfo[] files, Preprocessing preprocessing, Orientation orientation)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (FileInfo file in files)
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{file.Name} {file.Length}\n")));
        if (preprocessing.Padding != Padding.None)
            hash.AppendData(Encoding.UTF8.GetBytes(preprocessing.ToString()));
        PictureInput input = new(preprocessing, orientation);
        return new([.. files.Select(f => f.FullName)], Convert.ToHexStringLower(hash.GetHashAndReset())[..16], (i, random) =>
            input.Read(files[i].FullName, random));
    }

    private static IEnumerable<FileInfo> FilesOf(string place)
    {
        if (Directory.Exists(place))
            return PictureFiles.Under(place, new([])).Select(f => new FileInfo(f.FullPath));
        if (!File.Exists(place))
            throw new CirrusException($"There is no picture, folder or list '{place}'.", hint: "check the path");
        if (!place.EndsWith(".txt", StringComparison.OrdinalIgnoreCase))
            return [new(place)];
        string folder = Path.GetDirectoryName(Path.GetFullPath(place))!;
        return File.ReadLines(place).Select(l => l.Trim()).Where(l => l.Length > 0).Select((l, i) =>
            new FileInfo(Path.Combine(folder, l)) is { Exists: true } file ? file
                : throw new CirrusException($"'{place}' names '{l}', which is not there.", hint: $"entry {i + 1}; paths are relative to the list"));
    }
}

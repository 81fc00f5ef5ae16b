using System.CommandLine;
using System.Globalization;
using Cirrus.Gallery;

namespace Cirrus.Cli;

/// <summary><c>cirrus gallery verify photos</c>: is every file of a gallery what was written?</summary>
internal static class GalleryVerifyCommand
{
    private const int MostNamed = 20;

    private static readonly Argument<string> Place = new("gallery") { Description = "a gallery, or a folder that has one" };
    private static readonly Option<bool> Repair = new("--repair")
    {
        Description = "take what is damaged out, row by row, and the next index encodes those pictures again; codes are made again from their rows",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "print one JSON object instead of lines" };

    public static Command Create()
    {
        Command command = new("verify", "Check every file of a gallery: checksums, shapes, numbers.") { Place, Repair, Json };
        command.SetAction(args =>
        {
            (TextWriter output, TextWriter error) = (args.InvocationConfiguration.Output, args.InvocationConfiguration.Error);
            string folder = GalleryFolder.Named(args.GetRequiredValue(Place));
            bool repair = args.GetValue(Repair);
            GalleryCheck found = repair ? GalleryCheck.Repair(folder) : GalleryCheck.Run(folder);
            bool json = args.GetValue(Json);
            if (json)
                WriteJson(output, folder, found, repair);
            foreach (GalleryDamage damage in json ? [] : found.Damage)
                Write(output, damage, repair);
            if (found.Unchecked > 0)
                error.WriteLine(Text(
                    $"{found.Unchecked} files have no checksum: they were written by a cirrus of before; gallery compact writes them anew"));
            if (!json)
                output.WriteLine(Text($"{found.Pictures} pictures in {found.Segments} segments, {found.Damage.Count} damaged"));
            if (found.Damage.Count == 0)
                return ExitCode.Done;
            bool lost = found.Damage.Any(d => !d.Derived);
            error.WriteLine(CommandName.In((repair, lost) switch
            {
                (true, true) => "what was damaged is out; encode its pictures again: cirrus index FOLDER",
                (true, false) => "what was damaged is made again from the rows; no picture is lost",
                (false, true) => "hint: cirrus gallery verify --repair takes what is damaged out; cirrus index encodes its pictures again",
                (false, false) =>
                    "hint: cirrus gallery verify --repair makes it again from the rows; no picture is lost, and searches pass over it meanwhile",
            }));
            return repair ? ExitCode.Done : ExitCode.UserError;
        });
        return command.WithExamples("gallery verify photos", "gallery verify photos --repair", "gallery verify photos --json");
    }

    private static void Write(TextWriter output, GalleryDamage damage, bool repaired)
    {
        output.WriteLine($"damaged: {damage.File}: {damage.What}");
        foreach (string path in damage.Pictures.Take(MostNamed))
            output.WriteLine($"  {(repaired ? "taken out" : "lost")}: {path}");
        if (damage.Pictures.Count > MostNamed)
            output.WriteLine(Text($"  and {damage.Pictures.Count - MostNamed} pictures more (--json names all)"));
    }

    private static void WriteJson(TextWriter output, string folder, GalleryCheck found, bool repair) => JsonText.WriteObject(output, json =>
    {
        json.WriteString("gallery", folder);
        json.WriteNumber("pictures", found.Pictures);
        json.WriteNumber("segments", found.Segments);
        json.WriteNumber("unchecked", found.Unchecked);
        json.WriteBoolean("repaired", repair && found.Damage.Count > 0);
        json.WriteStartArray("damage");
        foreach (GalleryDamage damage in found.Damage)
        {
            json.WriteStartObject();
            json.WriteString("file", damage.File);
            json.WriteString("what", damage.What);
            json.WriteBoolean("derived", damage.Derived);
            json.WriteStartArray("pictures");
            foreach (string path in damage.Pictures)
                json.WriteStringValue(path);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

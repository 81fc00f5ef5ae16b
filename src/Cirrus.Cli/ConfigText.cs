using System.Text.Json;
using Cirrus.Server.Settings;

namespace Cirrus.Cli;

/// <summary>Settings as a table: name, value, source, meaning.</summary>
internal static class ConfigText
{
    public static void Write(TextWriter output)
    {
        IReadOnlyList<SettingValue> values = Values();
        int name = Width(v => v.Setting.Name), value = Width(v => v.Value ?? "-"), source = Width(v => v.Source);
        foreach (SettingValue v in values)
            output.WriteLine(
                $"{v.Setting.Name.PadRight(name)}  {(v.Value ?? "-").PadRight(value)}  {v.Source.PadRight(source)}  {v.Setting.Meaning}");

        int Width(Func<SettingValue, string> text) => values.Max(v => text(v).Length);
    }

    public static void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray("settings");
        foreach (SettingValue value in Values())
        {
            json.WriteStartObject();
            json.WriteString("name", value.Setting.Name);
            json.WriteString("value", value.Value);
            json.WriteString("source", value.Source);
            json.WriteString("meaning", value.Setting.Meaning);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static IReadOnlyList<SettingValue> Values() =>
        ServerSettings.Read(null, Environment.GetEnvironmentVariable, new Dictionary<string, string>()).Values;
}

using System.Text.Json;
using Cirrus.Server.Settings;

namespace Cirrus.Cli;

/// <summary>Settings as a table: name, value, source, meaning.</summary>
internal static class ConfigText
{
    public static void Write(TextWriter output)
    {
        foreach (SettingValue value in Values())
            output.WriteLine($"{value.Setting.Name,-26}{value.Value ?? "-",-22}{value.Source,-14}{value.Setting.Meaning}");
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

    private static IReadOnlyList<SettingValue> Values() => ServerSettings.Read(null, Environment.GetEnvironmentVariable, new Dictionary<string, string>()).Values;
}

using System.Globalization;
using System.Text;
using Cirrus.Gallery;
using Npgsql;

namespace Cirrus.Postgres;

/// <summary>An <see cref="ItemFilter"/> as a condition on the items table. Values become parameters, never text of the statement.</summary>
internal static class PostgresFilter
{
    /// <summary>The condition; its values are added to <paramref name="values"/> and named by their places.</summary>
    public static string Condition(ItemFilter? filter, NpgsqlParameterCollection values)
    {
        StringBuilder sql = new();
        Write(filter ?? new ItemFilter.All([]), sql, values);
        return sql.ToString();
    }

    /// <summary>A pattern of paths as PostgreSQL's regular expression; the rules are <see cref="PathPattern"/>'s.</summary>
    internal static string Expression(string pattern)
    {
        bool name = !pattern.Contains('/', StringComparison.Ordinal);      // it is held against the file's name, which no star leaves
        StringBuilder sql = new(name ? "(^|/)" : "^");
        if (pattern.EndsWith('/'))
            pattern += "**";
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            if (c == '*' && i + 1 < pattern.Length && pattern[i + 1] == '*')
            {
                bool folders = i + 2 < pattern.Length && pattern[i + 2] == '/' && (i == 0 || pattern[i - 1] == '/');
                sql.Append(folders ? "(.*/)?" : name ? "[^/]*" : ".*");
                i += folders ? 2 : 1;
            }
            else if (c == '*')
            {
                sql.Append("[^/]*");
            }
            else if (c == '?')
            {
                sql.Append("[^/]");
            }
            else
            {
                if (char.IsAscii(c) && !char.IsAsciiLetterOrDigit(c))
                    sql.Append('\\');
                sql.Append(c);
            }
        }
        return sql.Append('$').ToString();
    }

    private static void Write(ItemFilter filter, StringBuilder sql, NpgsqlParameterCollection values)
    {
        switch (filter)
        {
            case ItemFilter.All all:
                Join(all.Of, " AND ", "TRUE", sql, values);
                break;
            case ItemFilter.Any any:
                Join(any.Of, " OR ", "FALSE", sql, values);
                break;
            case ItemFilter.Not not:
                sql.Append("NOT ");
                Write(not.Of, sql, values);
                break;
            case ItemFilter.PathTest path:
                sql.Append("(path ~ ").Append(Value(values, Expression(path.Pattern))).Append(')');
                break;
            case ItemFilter.NumberTest number:
                string column = number.Field switch { ItemField.Width => "width", ItemField.Height => "height", _ => "size" };
                string known = number.Field == ItemField.Size ? "" : $"{column} > 0 AND ";
                sql.Append(CultureInfo.InvariantCulture, $"({known}{column} {Sign(number.Operator)} {Value(values, number.Value)})");
                break;
            case ItemFilter.DateTest date:
                sql.Append("(modified > 0 AND ").Append(Between(date, values)).Append(')');
                break;
            case ItemFilter.OrientationTest orientation:
                string sides = orientation.Value switch { ItemOrientation.Square => "=", ItemOrientation.Landscape => ">", _ => "<" };
                sql.Append(CultureInfo.InvariantCulture, $"(width > 0 AND height > 0 AND width {sides} height)");
                break;
            case ItemFilter.FormatTest format:
                sql.Append(@"(coalesce(lower(substring(path from '\.([^./]*)$')), '') = ANY (")
                    .Append(Value(values, Endings(format.Value))).Append("))");
                break;
            case ItemFilter.IdTest ids:
                sql.Append("(id = ANY (").Append(Value(values, ids.Ids.ToArray())).Append("))");
                break;
            default:
                throw new InvalidOperationException($"{filter.GetType().Name} has no condition.");
        }
    }

    private static void Join(IReadOnlyList<ItemFilter> parts, string by, string none, StringBuilder sql, NpgsqlParameterCollection values)
    {
        sql.Append('(');
        if (parts.Count == 0)
            sql.Append(none);
        for (int i = 0; i < parts.Count; i++)
        {
            if (i > 0)
                sql.Append(by);
            Write(parts[i], sql, values);
        }
        sql.Append(')');
    }

    /// <summary>A moment against the range [From, To) that a date names.</summary>
    private static string Between(ItemFilter.DateTest date, NpgsqlParameterCollection values) => date.Operator switch
    {
        ItemOperator.Equal => $"modified >= {Value(values, date.From)} AND modified < {Value(values, date.To)}",
        ItemOperator.NotEqual => $"(modified < {Value(values, date.From)} OR modified >= {Value(values, date.To)})",
        ItemOperator.Less => $"modified < {Value(values, date.From)}",
        ItemOperator.LessOrEqual => $"modified < {Value(values, date.To)}",
        ItemOperator.Greater => $"modified >= {Value(values, date.To)}",
        _ => $"modified >= {Value(values, date.From)}",
    };

    private static string Sign(ItemOperator by) => by switch
    {
        ItemOperator.Equal => "=",
        ItemOperator.NotEqual => "<>",
        ItemOperator.Less => "<",
        ItemOperator.LessOrEqual => "<=",
        ItemOperator.Greater => ">",
        _ => ">=",
    };

    /// <summary>The endings that <see cref="ItemFilter.FormatOf"/> gives this name.</summary>
    private static string[] Endings(string format) => format switch
    {
        "jpeg" => ["jpg", "jpeg"],
        "tiff" => ["tif", "tiff"],
        "heic" => ["heif", "heic"],
        _ => [.. new[] { format }.Where(f => ItemFilter.FormatOf("." + f) == f)],
    };

    private static string Value<T>(NpgsqlParameterCollection values, T value)
    {
        values.Add(new NpgsqlParameter<T> { TypedValue = value });
        return string.Create(CultureInfo.InvariantCulture, $"${values.Count}");
    }
}

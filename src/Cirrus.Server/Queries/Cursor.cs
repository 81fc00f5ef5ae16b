using System.Globalization;
using Cirrus.Server.Errors;

namespace Cirrus.Server.Queries;

/// <summary>Where a page begins, as text that callers hand back and do not read.</summary>
internal static class Cursor
{
    private const char Sign = 'c';

    public static string? Write(int? offset) => offset is int at ? string.Create(CultureInfo.InvariantCulture, $"{Sign}{at:x}") : null;

    /// <exception cref="ApiException">It is none of ours.</exception>
    public static int Read(string? cursor)
    {
        if (string.IsNullOrEmpty(cursor))
            return 0;
        return cursor[0] == Sign
            && int.TryParse(cursor.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int at)
            && at is >= 0 and < int.MaxValue / 4 ? at
            : throw ApiException.Invalid(new FieldError("cursor", "malformed", "this is no cursor.", "hand back the nextCursor of the page before"));
    }
}

using Cirrus.Postgres;

namespace Cirrus.Tests.Postgres;

/// <summary>The tables for a PostgreSQL without pgvector: an array stands in for its type, and a sum for its operator.</summary>
internal static class StandIn
{
    public static IReadOnlyList<string> Statements(PostgresTables tables) =>
    [
        """
        DO $$ BEGIN
            IF to_regtype('public.vector') IS NULL THEN
                CREATE DOMAIN public.vector AS real[];
                CREATE FUNCTION public.minus_inner(a real[], b real[]) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
                    AS 'SELECT -sum(x * y)::double precision FROM unnest(a, b) AS pairs(x, y)';
                CREATE OPERATOR public.<#> (LEFTARG = real[], RIGHTARG = real[], FUNCTION = public.minus_inner, COMMUTATOR = <#>);
            END IF;
        END $$
        """,
        .. tables.Plain("vector"), // a domain takes no length
    ];
}

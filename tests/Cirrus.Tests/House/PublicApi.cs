using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cirrus.Tests.House;

/// <summary>What an assembly offers to others, as text: a line a type, and below it a line a member, both in the order of the alphabet.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
    private static readonly NullabilityInfoContext Nullability = new();

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(char)] = "char",
        [typeof(nint)] = "nint",
    };

    public static IEnumerable<string> Of(Assembly assembly)
    {
        foreach (Type type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            yield return $"{Head(type)} {Name(type, withNamespace: true)}{Bases(type)}";
            foreach (string member in Members(type).Order(StringComparer.Ordinal))
                yield return "    " + member;
        }
    }

    private static string Head(Type t) => t.IsEnum ? "enum" : typeof(Delegate).IsAssignableFrom(t) ? "delegate" : t.IsInterface ? "interface"
        : t.IsValueType ? (IsReadOnly(t) ? "readonly " : "") + "struct"
        : (t.IsAbstract && t.IsSealed
            ? "static "
            : t.IsAbstract
            ? "abstract "
            : t.IsSealed
            ? "sealed " : "") + (t.GetMethod("<Clone>$") is null ? "class" : "record");

    private static bool IsReadOnly(Type t) => t.IsDefined(typeof(IsReadOnlyAttribute), false);

    private static string Bases(Type t)
    {
        IEnumerable<Type> bases = new[] { t.BaseType }.OfType<Type>().Where(b =>
            b != typeof(object) && b != typeof(ValueType) && b != typeof(Enum) && b != typeof(MulticastDelegate));
        Type[] inherited = t.BaseType?.GetInterfaces() ?? [];
        IEnumerable<Type> interfaces = t.IsEnum ? [] : t.GetInterfaces().Except(inherited).Where(i =>
            i.IsVisible && !(i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEquatable<>)));
        string[] all = [.. bases.Select(b => Name(b)), .. interfaces.Select(i => Name(i)).Order(StringComparer.Ordinal)];
        return all.Length == 0 ? "" : " : " + string.Join(", ", all);
    }

    private static IEnumerable<string> Members(Type t)
    {
        if (t.IsEnum)
            return Enum.GetNames(t).Select(n => $"{n} = {Convert.ToInt64(Enum.Parse(t, n), CultureInfo.InvariantCulture)}");
        bool record = t.GetMethod("<Clone>$") is not null || t.GetMethod("PrintMembers", Declared) is not null;
        return t.GetMembers(Declared).Where(m => !m.Name.Contains('<', StringComparison.Ordinal) && !(record && IsOfRecords(m)))
            .Select(Member).OfType<string>();
    }

    /// <summary>What the compiler writes for every record.</summary>
    private static bool IsOfRecords(MemberInfo m) => m.Name is "Equals" or "GetHashCode" or "ToString" or "op_Equality"
        or "op_Inequality" or "PrintMembers" or "EqualityContract" or "Deconstruct"
        || (m is ConstructorInfo c && c.GetParameters() is [{ } only] && only.ParameterType == m.DeclaringType);

    private static string? Member(MemberInfo member) => member switch
    {
        ConstructorInfo c when Seen(c) && !c.IsStatic => $"{Access(c)}new({Parameters(c)})",
        MethodInfo m when Seen(m) && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal)) =>
            $"{Access(m)}{Kind(m)}{Name(m.ReturnType)}{Mark(Nullability.Create(m.ReturnParameter))} "
                + $"{m.Name}{Generic(m.GetGenericArguments())}({Parameters(m)})",
        PropertyInfo p when p.GetAccessors(true).Any(Seen) =>
            $"{Kind(p.GetAccessors(true).First(Seen))}{Name(p.PropertyType)}{Mark(Nullability.Create(p))} {p.Name}{Index(p)} {{ {Accessors(p)} }}",
        FieldInfo f when f.IsPublic || f.IsFamily =>
            $"{(f.IsLiteral ? "const " : f.IsStatic ? "static " : "")}{(f.IsInitOnly ? "readonly " : "")}{Name(f.FieldType)}{Mark(Nullability.Create(f))} {f.Name}"
            + (f.IsLiteral ? $" = {Value(f.GetRawConstantValue())}" : ""),
        EventInfo e when e.AddMethod is { } add && Seen(add) => $"event {Name(e.EventHandlerType!)} {e.Name}",
        _ => null,
    };

    private static bool Seen(MethodBase m) => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly;

    private static string Access(MethodBase m) => m.IsPublic ? "" : "protected ";

    private static string Kind(MethodInfo m) => m.IsStatic
        ? "static "
        : m.DeclaringType!.IsInterface
        ? ""
        : m.IsAbstract
        ? "abstract " : !m.IsVirtual || m.IsFinal ? ""
        : m.GetBaseDefinition() == m ? "virtual " : "override ";

    private static string Accessors(PropertyInfo p) => string.Join(" ", new[]
    {
        p.GetMethod is { } get && Seen(get) ? "get;" : null,
        p.SetMethod is { } set && Seen(set) ? set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit))
        ? "init;" : "set;" : null,
    }.OfType<string>());

    private static string Index(PropertyInfo p) => p.GetIndexParameters() is { Length: > 0 } by ? $"[{string.Join(", ", by.Select(Parameter))}]" : "";

    private static string Parameters(MethodBase m) =>
        (m.IsDefined(typeof(ExtensionAttribute), false) ? "this " : "") + string.Join(", ", m.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo p) => (p.IsDefined(typeof(ParamArrayAttribute), false)
        ? "params " : "") + (p.IsOut ? "out " : p.ParameterType.IsByRef ? "ref " : "")
        + Name(p.ParameterType) + Mark(Nullability.Create(p)) + $" {p.Name}" + (p.HasDefaultValue ? $" = {Value(p.DefaultValue)}" : "");

    /// <summary>The ? of a reference that may be null.</summary>
    private static string Mark(NullabilityInfo info) => !info.Type.IsValueType && !info.Type.IsByRef
        && (info.ReadState == NullabilityState.Nullable || info.WriteState == NullabilityState.Nullable) ? "?" : "";

    private static string Value(object? value) => value switch
    {
        null => "default",
        string s => $"\"{s}\"",
        bool b => b ? "true" : "false",
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static string Generic(Type[] arguments) => arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(a => Name(a)))}>";

    private static string Name(Type t, bool withNamespace = false)
    {
        if (t.IsByRef)
            return Name(t.GetElementType()!);
        if (Nullable.GetUnderlyingType(t) is Type inner)
            return Name(inner) + "?";
        if (t.IsArray)
            return $"{Name(t.GetElementType()!)}[{new string(',', t.GetArrayRank() - 1)}]";
        if (t.IsGenericParameter)
            return t.Name;
        if (Keywords.TryGetValue(t, out string? keyword))
            return keyword;
        if (t.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) is true)
            return $"({string.Join(", ", t.GetGenericArguments().Select(a => Name(a)))})";
        string outer = t.IsNested ? Name(t.DeclaringType!, withNamespace) + "." : withNamespace ? t.Namespace + "." : "";
        int tick = t.Name.IndexOf('`', StringComparison.Ordinal);
        return outer + (tick < 0
            ? t.Name
            : t.Name[..tick]) + (tick < 0
            ? "" : Generic([.. t.GetGenericArguments().Skip(t.DeclaringType?.GetGenericArguments().Length ?? 0)]));
    }
}

using System.Runtime.InteropServices;
using Cirrus.Tensors;

namespace Cirrus.Imaging;

/// <summary>The functions of libvips that decoding needs: operations are built by name and by property, none is variadic.</summary>
/// <remarks>
/// Loaders that libvips itself calls untrusted (not fuzzed) are blocked. Pictures are decoded one to a thread and nothing is cached.
/// The error text of libvips is shared by all threads, hence <see cref="Errors"/>.
/// </remarks>
internal static class LibVips
{
    private const string Vips = "vips", Gobject = "gobject", Glib = "glib";

    private static readonly Lazy<string?> Started = new(Start);

    /// <summary>Held for reading by whoever calls; for writing by who wants the error text to be its own.</summary>
    public static ReaderWriterLockSlim Errors { get; } = new();

    /// <exception cref="CirrusException">libvips is not installed, or too old.</exception>
    public static void NeedsToBeThere()
    {
        if (Started.Value is string problem)
            throw new CirrusException(problem,
                hint: "install it: apt-get install libvips42 (Debian, Ubuntu), brew install vips (macOS), dnf install vips (Fedora), "
                + "or put the Windows build's folder bin on the PATH");
    }

    /// <summary>The first line libvips said since the last call, in one piece; null when it said nothing.</summary>
    public static string? TakeError()
    {
        string? text = Marshal.PtrToStringUTF8(vips_error_buffer());
        vips_error_clear();
        return text?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
    }

    /// <summary>A string, number or enumeration by its name.</summary>
    public static void Set(nint operation, string name, string value) => _ = vips_object_set_argument_from_string(operation, name, value);

    /// <summary>An object or a boxed value.</summary>
    public static void Set(nint operation, string name, nuint type, nint value)
    {
        GValue v = default;
        g_value_init(ref v, type);
        if (type == vips_blob_get_type())
            g_value_set_boxed(ref v, value);
        else
            g_value_set_object(ref v, value);
        g_object_set_property(operation, name, ref v);
        g_value_unset(ref v);
    }

    /// <summary>
    /// Runs an operation that was given its inputs; the result <paramref name="name"/> is the caller's to release, 0
    /// when it failed.
    /// </summary>
    public static nint Run(nint operation, string name, nuint type)
    {
        try
        {
            if (vips_object_build(operation) != 0)
                return 0;
            GValue v = default;
            g_value_init(ref v, type);
            g_object_get_property(operation, name, ref v);
            nint result = type == vips_blob_get_type() ? g_value_dup_boxed(ref v) : g_value_dup_object(ref v);
            g_value_unset(ref v);
            return result;
        }
        finally
        {
            vips_object_unref_outputs(operation);
            g_object_unref(operation);
        }
    }

    /// <summary>The picture in a file's bytes, which must stay where they are while it is used; 0 where there is none.</summary>
    public static nint Load(nint data, int length, params ReadOnlySpan<(string Name, string Value)> options)
    {
        nint loader = length == 0 ? 0 : vips_foreign_find_load_buffer(data, (nuint)length);
        if (loader == 0)
            return 0;
        nint load = vips_operation_new(loader);
        SetBuffer(load, data, length);
        foreach ((string name, string value) in options)
            Set(load, name, value);
        return Run(load, "out", vips_image_get_type());
    }

    /// <summary>Hands an operation a file's bytes.</summary>
    public static void SetBuffer(nint operation, nint data, int length)
    {
        nint blob = vips_blob_new(0, data, (nuint)length);
        Set(operation, "buffer", vips_blob_get_type(), blob);
        vips_area_unref(blob);
    }

    private static string? Start()
    {
        NativeLibrary.SetDllImportResolver(typeof(LibVips).Assembly, (name, assembly, _) =>
        {
            foreach (string candidate in Candidates(name))
                if (NativeLibrary.TryLoad(candidate, assembly, null, out nint handle))
                    return handle;
            return 0;
        });
        try
        {
            _ = g_setenv("VIPS_WARNING", "0", 1);                     // its warnings would go to our standard error
            if (vips_init("cirrus") != 0)
                return $"libvips does not start: {TakeError()}";
            vips_block_untrusted_set(1);
            vips_concurrency_set(1);
            vips_cache_set_max(0);
            return null;
        }
        catch (DllNotFoundException)
        {
            return "Pictures cannot be read: libvips is not installed.";
        }
        catch (EntryPointNotFoundException)
        {
            return "Pictures cannot be read: this libvips is older than 8.13.";
        }
    }

    private static string[] Candidates(string name) => name switch
    {
        Vips => ["libvips.so.42", "libvips.42.dylib", "/opt/homebrew/lib/libvips.42.dylib", "libvips-42.dll"],
        Gobject => ["libgobject-2.0.so.0", "libgobject-2.0.0.dylib", "/opt/homebrew/lib/libgobject-2.0.0.dylib", "libgobject-2.0-0.dll"],
        Glib => ["libglib-2.0.so.0", "libglib-2.0.0.dylib", "/opt/homebrew/lib/libglib-2.0.0.dylib", "libglib-2.0-0.dll"],
        _ => [name],
    };

    [StructLayout(LayoutKind.Sequential)]
    private struct GValue
    {
        public nuint Type;
        public long First, Second;
    }

    [DllImport(Vips)]
    private static extern int vips_init([MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    [DllImport(Vips)]
    private static extern void vips_block_untrusted_set(int state);

    [DllImport(Vips)]
    private static extern void vips_concurrency_set(int threads);

    [DllImport(Vips)]
    private static extern void vips_cache_set_max(int operations);

    [DllImport(Vips)]
    private static extern nint vips_error_buffer();

    [DllImport(Vips)]
    private static extern void vips_error_clear();

    [DllImport(Vips)]
    public static extern nuint vips_blob_get_type();

    [DllImport(Vips)]
    public static extern nuint vips_image_get_type();

    [DllImport(Vips)]
    private static extern nint vips_blob_new(nint free, nint data, nuint size);

    [DllImport(Vips)]
    public static extern nint vips_area_get_data(nint area, out nuint length, nint n, nint type, nint sizeofType);

    [DllImport(Vips)]
    public static extern void vips_area_unref(nint area);

    [DllImport(Vips)]
    private static extern nint vips_foreign_find_load_buffer(nint data, nuint size);

    [DllImport(Vips)]
    public static extern nint vips_operation_new(nint name);

    [DllImport(Vips)]
    public static extern nint vips_operation_new([MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    [DllImport(Vips)]
    private static extern int vips_object_set_argument_from_string(nint operation,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value);

    [DllImport(Vips)]
    private static extern int vips_object_build(nint operation);

    [DllImport(Vips)]
    private static extern void vips_object_unref_outputs(nint operation);

    [DllImport(Vips)]
    public static extern int vips_image_get_width(nint image);

    [DllImport(Vips)]
    public static extern int vips_image_get_height(nint image);

    [DllImport(Vips)]
    public static extern int vips_image_get_bands(nint image);

    [DllImport(Vips)]
    public static extern int vips_image_get_format(nint image);

    [DllImport(Vips)]
    public static extern int vips_image_get_interpretation(nint image);

    [DllImport(Vips)]
    public static extern int vips_image_get_orientation(nint image);

    [DllImport(Vips)]
    public static extern nint vips_image_write_to_memory(nint image, out nuint size);

    [DllImport(Vips)]
    public static extern nint vips_image_new_from_memory_copy(byte[] data, nuint size, int width, int height, int bands, int format);

    [DllImport(Gobject)]
    private static extern void g_value_init(ref GValue value, nuint type);

    [DllImport(Gobject)]
    private static extern void g_value_unset(ref GValue value);

    [DllImport(Gobject)]
    private static extern void g_value_set_boxed(ref GValue value, nint boxed);

    [DllImport(Gobject)]
    private static extern void g_value_set_object(ref GValue value, nint item);

    [DllImport(Gobject)]
    private static extern nint g_value_dup_boxed(ref GValue value);

    [DllImport(Gobject)]
    private static extern nint g_value_dup_object(ref GValue value);

    [DllImport(Gobject)]
    private static extern void g_object_set_property(nint item, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, ref GValue value);

    [DllImport(Gobject)]
    private static extern void g_object_get_property(nint item, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, ref GValue value);

    [DllImport(Gobject)]
    public static extern void g_object_unref(nint item);

    [DllImport(Glib)]
    public static extern void g_free(nint memory);

    [DllImport(Glib)]
    private static extern int g_setenv([MarshalAs(UnmanagedType.LPUTF8Str)] string name,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}

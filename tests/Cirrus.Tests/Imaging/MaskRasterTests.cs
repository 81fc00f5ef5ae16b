using Cirrus.Imaging;

namespace Cirrus.Tests.Imaging;

public sealed class MaskRasterTests
{
    [Fact]
    public void A_square_covers_the_pixels_whose_middles_it_holds() =>
        Assert.Equal("""
            .....
            .###.
            .###.
            .....
            """, Drawn(MaskRaster.Polygons([[1, 1, 4, 1, 4, 3, 1, 3]], 5, 4), 5));

    // On the finer grid the slope is y = 20 - x; column c is crossed between x = 5c+2 and 5c+3 at y = 17 - 5c, which is row 3 - c.
    [Fact]
    public void A_triangle_by_hand() =>
        Assert.Equal("""
            ###.
            ##..
            #...
            ....
            """, Drawn(MaskRaster.Polygons([[0, 0, 4, 0, 0, 4]], 4, 4), 4));

    [Fact]
    public void Direction_and_first_point_do_not_matter() =>
        Assert.Equal(MaskRaster.Polygons([[0, 0, 4, 0, 0, 4]], 4, 4), MaskRaster.Polygons([[0, 4, 4, 0, 0, 0]], 4, 4));

    [Fact]
    public void Polygons_that_overlap_are_one_object() =>
        Assert.Equal("""
            ###...
            #####.
            ..###.
            """, Drawn(MaskRaster.Polygons([[0, 0, 3, 0, 3, 2, 0, 2], [2, 1, 5, 1, 5, 3, 2, 3]], 6, 3), 6));

    [Fact]
    public void What_lies_outside_the_picture_is_cut() =>
        Assert.Equal("""
            ##.
            ##.
            """, Drawn(MaskRaster.Polygons([[-3, -2, 2, -2, 2, 7, -3, 7]], 3, 2), 3));

    [Fact]
    public void A_point_or_line_covers_nothing() => Assert.DoesNotContain(true, MaskRaster.Polygons([[1, 1, 1, 1, 1, 1], [0, 2, 3, 2, 0, 2]], 4, 4));

    // Down the columns: 4 outside, 1 in, 1 out (the hole), 1 in, 1 out, ...
    [Fact]
    public void Run_lengths_go_down_the_columns_and_may_leave_a_hole() =>
        Assert.Equal("""
            .###.
            .#.#.
            .###.
            .....
            """, Drawn(MaskRaster.Runs([4, 3, 1, 1, 1, 1, 1, 3, 5], 5, 4), 5));

    [Fact]
    public void Run_lengths_may_begin_inside() => Assert.Equal([true, false], MaskRaster.Runs([0, 1, 1], 2, 1));

    [Fact]
    public void Run_lengths_that_do_not_cover_the_picture_are_refused()
    {
        Assert.Throws<ArgumentException>(() => MaskRaster.Runs([4, 3], 4, 4));
        Assert.Throws<ArgumentException>(() => MaskRaster.Runs([17, -1], 4, 4));
        Assert.Throws<ArgumentException>(() => MaskRaster.Runs([int.MaxValue, int.MaxValue, 18], 4, 4));
    }

    [Fact]
    public void Outside_the_mask_is_white_in_grey_and_colour()
    {
        Assert.Equal([9, 255], MaskRaster.WhiteOutside(new(2, 1, PictureMode.L, [9, 8]), [true, false]).Pixels);
        Picture colour = MaskRaster.WhiteOutside(new(2, 1, PictureMode.Rgba, [1, 2, 3, 0, 4, 5, 6, 0]), [false, true]);
        Assert.Equal(PictureMode.Rgb, colour.Mode);
        Assert.Equal([255, 255, 255, 4, 5, 6], colour.Pixels);
        Assert.Throws<ArgumentException>(() => MaskRaster.WhiteOutside(new(2, 1, PictureMode.L, [9, 8]), [true]));
    }

    private static string Drawn(bool[] mask, int width) =>
        string.Join('\n', mask.Chunk(width).Select(row => new string([.. row.Select(inside => inside ? '#' : '.')])));
}

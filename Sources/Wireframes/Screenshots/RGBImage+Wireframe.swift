extension RGBImage {
    /// What a wireframe of this screenshot shows, ink on paper: outlines of what is filled, letters and lines, crossed boxes
    /// for photographs.
    ///
    /// `Docs/screenshots.md` says how it is done and where it fails. Time and memory grow with the pixels alone.
    public func wireframe() -> GrayImage {
        let areas = ColourAreas(self)
        let photographs = Photographs(areas).boxes
        var page = ScreenshotInk(areas, SurfaceMap(areas, without: photographs)).page
        guard !photographs.isEmpty else { return page }
        let style = NodeStyle(stroke: 0.15, shape: .crossedBox)
        let pictures = photographs.map { LayoutNode(.image, $0, style: style) }
        let sheet = LayoutNode(.page, Bounds(0, 0, width, height), children: pictures)
        let drawn = WireframeRenderer().render(sheet)
        for i in page.pixels.indices { page.pixels[i] = min(page.pixels[i], drawn.pixels[i]) }
        for box in photographs {
            for (pixel, ink) in Captions(self, in: box).ink {
                page.pixels[pixel] = min(page.pixels[pixel], 1 - ink * (1 - ScreenshotInk.markValue))
            }
        }
        return page
    }
}

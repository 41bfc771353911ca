package logo

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
)

const (
	maxSide   = 2048    // of a picture as it is fetched, in pixels
	maxPixels = 2 << 20 // in all: at most 16 MB while it is decoded
	side      = 112     // of a picture as it is served, twice what it takes on the page
	maxPNG    = 12 << 10
)

var (
	errFormat = errors.New("neither PNG nor JPEG")
	errSize   = errors.New("the picture is too large, or empty")
)

// small decodes a picture and encodes it anew, no larger than side.
func small(data []byte) (out []byte, mimeType string, err error) {
	picture, err := decode(data)
	if err != nil {
		return nil, "", err
	}
	return encode(shrink(picture, side, side))
}

// decode reads a PNG or a JPEG of a sensible size. The kind is told by the content.
func decode(data []byte) (image.Image, error) {
	decode, readConfig := png.Decode, png.DecodeConfig
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		decode, readConfig = jpeg.Decode, jpeg.DecodeConfig
	default:
		return nil, errFormat
	}
	// The dimensions first: a few bytes can claim a picture of gigabytes.
	config, err := readConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errFormat, err)
	}
	w, h := config.Width, config.Height
	if w < 1 || h < 1 || w > maxSide || h > maxSide || w*h > maxPixels {
		return nil, fmt.Errorf("%w: %d by %d", errSize, w, h)
	}
	picture, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errFormat, err)
	}
	return picture, nil
}

// Fit decodes a picture that somebody gave us and writes it anew as a PNG that fits into a width, a height and a number of bytes:
// nothing else that was in the file is left. The error says what is wrong with the picture.
func Fit(data []byte, width, height, most int) ([]byte, error) {
	picture, err := decode(data)
	if err != nil {
		return nil, err
	}
	for ; width > 0 && height > 0; width, height = width*3/4, height*3/4 {
		var out bytes.Buffer
		encoder := png.Encoder{CompressionLevel: png.BestCompression}
		if err := encoder.Encode(&out, shrink(picture, width, height)); err != nil {
			return nil, fmt.Errorf("write the PNG: %w", err)
		}
		if out.Len() <= most {
			return out.Bytes(), nil
		}
	}
	return nil, errSize
}

// shrink makes each pixel the average of those it stands for. A picture that is small enough keeps its size.
func shrink(src image.Image, width, height int) *image.NRGBA {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	if w > width {
		w, h = width, max(1, h*width/w)
	}
	if h > height {
		w, h = max(1, w*height/h), height
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			cell := image.Rect(
				b.Min.X+x*b.Dx()/w, b.Min.Y+y*b.Dy()/h,
				b.Min.X+(x+1)*b.Dx()/w, b.Min.Y+(y+1)*b.Dy()/h,
			)
			out.Set(x, y, average(src, cell))
		}
	}
	return out
}

// average is of premultiplied values, so that what cannot be seen has no colour to give.
func average(src image.Image, cell image.Rectangle) color.Color {
	var r, g, b, a, n uint64
	for y := cell.Min.Y; y < cell.Max.Y; y++ {
		for x := cell.Min.X; x < cell.Max.X; x++ {
			pr, pg, pb, pa := src.At(x, y).RGBA()
			r, g, b, a, n = r+uint64(pr), g+uint64(pg), b+uint64(pb), a+uint64(pa), n+1
		}
	}
	return color.RGBA64{R: uint16(r / n), G: uint16(g / n), B: uint16(b / n), A: uint16(a / n)}
}

// encode writes PNG, and a photograph, which is large as PNG, as JPEG on white.
func encode(picture *image.NRGBA) ([]byte, string, error) {
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, picture); err != nil {
		return nil, "", err
	}
	if out.Len() <= maxPNG {
		return out.Bytes(), "image/png", nil
	}
	flat := image.NewRGBA(picture.Bounds())
	draw.Draw(flat, flat.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), picture, image.Point{}, draw.Over)
	out.Reset()
	if err := jpeg.Encode(&out, flat, &jpeg.Options{Quality: 80}); err != nil {
		return nil, "", err
	}
	return out.Bytes(), "image/jpeg", nil
}

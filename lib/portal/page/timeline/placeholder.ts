// What is seen of a photo before its thumbnail is there: some 25 bytes of blurred picture, drawn at once.
import { thumbHashToRGBA } from 'thumbhash'

/** Draws a thumbhash; answers whether it could. */
export function drawPlaceholder(canvas: HTMLCanvasElement, base64: string): boolean {
  try {
    const { w, h, rgba } = thumbHashToRGBA(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)))
    canvas.width = w
    canvas.height = h
    // Hundreds of tiny canvases: in memory they cost less than on the graphics card.
    const context = canvas.getContext('2d', { willReadFrequently: true })
    if (!context) return false
    const image = context.createImageData(w, h)
    image.data.set(rgba)
    context.putImageData(image, 0, 0)
    return true
  } catch {
    return false
  }
}

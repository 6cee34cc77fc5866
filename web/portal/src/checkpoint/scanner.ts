/** The camera, and what is on the QR codes before it. */

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";

const WIDTH = 1280;
const PAUSE_MS = 40;

prepareZXingModule({ overrides: { locateFile: (path: string) => (path.endsWith(".wasm") ? wasm : path) } });

/** The text of the QR code on a picture; null where there is none. */
export async function textOn(picture: ImageData | Blob): Promise<string | null> {
  const found = await readBarcodes(picture, { formats: ["QRCode"], maxNumberOfSymbols: 1, tryHarder: true });
  return found.find((one) => one.isValid)?.text ?? null;
}

/** Warm up: the reader is compiled before the first code comes. */
export async function warmUp(): Promise<void> {
  await textOn(new ImageData(16, 16));
}

/**
 * Read frames until `stop`; each text is told with the milliseconds from its frame to its text.
 *
 * Raises DOMException where there is no camera, or its use is not allowed.
 */
export async function scan(
  video: HTMLVideoElement,
  stop: AbortSignal,
  told: (text: string, ms: number) => void,
): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: "environment", width: { ideal: WIDTH } },
  });
  stop.addEventListener("abort", () => {
    for (const track of stream.getTracks()) track.stop();
  });
  video.srcObject = stream;
  await video.play();
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  while (!stop.aborted && context !== null) {
    if (video.videoWidth > 0) {
      const begin = performance.now();
      [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
      context.drawImage(video, 0, 0);
      const text = await textOn(context.getImageData(0, 0, canvas.width, canvas.height));
      if (text !== null && !stop.aborted) told(text, performance.now() - begin);
    }
    await new Promise((again) => setTimeout(again, PAUSE_MS));
  }
}

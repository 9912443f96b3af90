/**
 * The outermost level of an ONNX file (a protocol buffer, onnx.proto's ModelProto), read for what
 * onnxruntime-web doesn't tell: the metadata, and whether the file is whole.
 */

/** ModelProto.graph. */
const GRAPH = 7;
/** ModelProto.metadata_props, of type StringStringEntryProto. */
const METADATA = 14;

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

interface Field {
  readonly number: number;
  /** Contents of a delimited field; null for a number. */
  readonly contents: Uint8Array | null;
}

/**
 * The metadata of an ONNX file, by key.
 * @throws {RangeError} if the file is truncated or isn't an ONNX file.
 */
export function modelMetadata(file: Uint8Array): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  let hasGraph = false;
  for (const { number, contents } of fieldsOf(file)) {
    if (number === GRAPH) hasGraph = true;
    if (number !== METADATA || !contents) continue;
    const [key, value] = [...fieldsOf(contents)].map((field) =>
      new TextDecoder().decode(field.contents ?? undefined),
    );
    metadata.set(key ?? '', value ?? '');
  }
  if (!hasGraph) throw new RangeError('the file has no graph');
  return metadata;
}

function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('the file ends in the middle of a number');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const start = at;
    switch (tag % 8) {
      case VARINT:
        varint();
        break;
      case FIXED64:
        at += 8;
        break;
      case FIXED32:
        at += 4;
        break;
      case DELIMITED: {
        const length = varint();
        const from = at;
        at += length;
        if (at > message.length) break;
        yield { number, contents: message.subarray(from, at) };
        continue;
      }
      default:
        throw new RangeError(`no field begins at byte ${start}`);
    }
    if (at > message.length) {
      throw new RangeError(`the file ends ${at - message.length} bytes early`);
    }
    yield { number, contents: null };
  }
}

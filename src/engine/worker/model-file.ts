/**
 * Reads an ONNX file (a protocol buffer, onnx.proto's ModelProto) for the information that
 * onnxruntime-web doesn't give: metadata, completeness, and the graph for our own kernels.
 */

/** ModelProto.graph. */
const GRAPH = 7;
/** ModelProto.metadata_props, of type StringStringEntryProto. */
const METADATA = 14;
/** GraphProto.output, of type ValueInfoProto, whose name is its first field. */
const GRAPH_OUTPUT = 12;
const VALUE_NAME = 1;
/** GraphProto.node, of type NodeProto, and its fields. */
const NODE = 1;
const INPUT = 1;
const OUTPUT = 2;
const OPERATOR = 4;
/** GraphProto.initializer, of type TensorProto, and its fields. */
const INITIALIZER = 5;
const DIMS = 1;
const DATA_TYPE = 2;
const NAME = 8;
const RAW_DATA = 9;

/** TensorProto.DataType: floats of 32 and of 16 bits. */
const FLOAT = 1;
const FLOAT16 = 10;

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

interface Field {
  readonly number: number;
  /** Contents of a delimited field; null for a number. */
  readonly contents: Uint8Array | null;
  /** Value of a variable-length number; 0 for anything else. */
  readonly value: number;
}

/** A constant of the graph. */
export interface ModelTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** What makes values of others, or of constants. */
export interface GraphNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What the graph of an ONNX file consists of. */
export interface ModelGraph {
  /** In the order of the file, without the casts of halved constants. */
  readonly nodes: readonly GraphNode[];
  /** Name of what the graph makes. */
  readonly output: string;
  /** Constants of floats, by name; halved ones by that of what they are cast to. */
  readonly tensors: ReadonlyMap<string, ModelTensor>;
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
    const [key, value] = [...fieldsOf(contents)].map((field) => textOf(field.contents));
    metadata.set(key ?? '', value ?? '');
  }
  if (!hasGraph) throw new RangeError('the file has no graph');
  return metadata;
}

/**
 * The graph of an ONNX file, without constants of other types than floats.
 * @throws {RangeError} if the file is truncated or isn't an ONNX file.
 */
export function modelGraph(file: Uint8Array): ModelGraph {
  const graph = contentsOf(file, GRAPH);
  const nodes: GraphNode[] = [];
  const tensors = new Map<string, ModelTensor>();
  const halved = new Map<string, ModelTensor>();
  for (const { number, contents } of fieldsOf(graph)) {
    if (!contents) continue;
    if (number === NODE) nodes.push(nodeOf(contents));
    if (number !== INITIALIZER) continue;
    const dims: number[] = [];
    let type = 0;
    for (const field of fieldsOf(contents)) {
      if (field.number === DIMS) dims.push(field.value);
      if (field.number === DATA_TYPE) type = field.value;
    }
    if (type !== FLOAT && type !== FLOAT16) continue;
    const name = textOf(contentsOf(contents, NAME));
    const { buffer } = new Uint8Array(contentsOf(contents, RAW_DATA));
    if (type === FLOAT) tensors.set(name, { dims, data: new Float32Array(buffer) });
    else halved.set(name, { dims, data: floatsOfHalves(new Uint16Array(buffer)) });
  }
  const isCast = ({ operator, inputs: [from = ''], outputs: [to = ''] }: GraphNode): boolean => {
    const whole = operator === 'Cast' && halved.get(from);
    if (whole) tensors.set(to, whole);
    return Boolean(whole);
  };
  const output = textOf(contentsOf(contentsOf(graph, GRAPH_OUTPUT), VALUE_NAME));
  return { nodes: nodes.filter((node) => !isCast(node)), output, tensors };
}

function nodeOf(contents: Uint8Array): GraphNode {
  const fields = [...fieldsOf(contents)];
  const textsOf = (wanted: number): string[] =>
    fields.filter(({ number }) => number === wanted).map((field) => textOf(field.contents));
  return { operator: textsOf(OPERATOR)[0] ?? '', inputs: textsOf(INPUT), outputs: textsOf(OUTPUT) };
}

/** Scales a float whose exponent has the bias of a 16-bit one: 2^(127 − 15). */
const REBIASED = 2 ** 112;

/** Converts finite 16-bit floats to 32-bit ones. */
function floatsOfHalves(halves: Uint16Array): Float32Array {
  const floats = new Float32Array(halves.length);
  const bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    bits[i] = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13);
    floats[i]! *= REBIASED;
  }
  return floats;
}

/** The contents of the first field with that number. Throws a RangeError if there is none. */
function contentsOf(message: Uint8Array, number: number): Uint8Array {
  for (const field of fieldsOf(message)) {
    if (field.number === number && field.contents) return field.contents;
  }
  throw new RangeError(`the file lacks field ${number}`);
}

function textOf(bytes: Uint8Array | null): string {
  return new TextDecoder().decode(bytes ?? undefined);
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
    let value = 0;
    switch (tag % 8) {
      case VARINT:
        value = varint();
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
        yield { number, contents: message.subarray(from, at), value };
        continue;
      }
      default:
        throw new RangeError(`no field begins at byte ${start}`);
    }
    if (at > message.length) {
      throw new RangeError(`the file ends ${at - message.length} bytes early`);
    }
    yield { number, contents: null, value };
  }
}

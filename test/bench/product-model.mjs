/** An ONNX file with a single matrix product, written as a protocol buffer. */

const TEXT = new TextEncoder();

/**
 * The file: `product` = `a` × `b`, 32-bit floats.
 * @param {number} side Of the three square matrices.
 * @returns {Uint8Array}
 */
export function productModel(side) {
  const node = field(1, [
    ...field(1, text('a')),
    ...field(1, text('b')),
    ...field(2, text('product')),
    ...field(4, text('MatMul')),
  ]);
  const graph = [
    ...node,
    ...field(2, text('product')),
    ...field(11, matrix('a', side)),
    ...field(11, matrix('b', side)),
    ...field(12, matrix('product', side)),
  ];
  const IR_VERSION = 8;
  const OPSET = 18;
  return Uint8Array.from([
    ...number(1, IR_VERSION),
    ...field(7, graph),
    ...field(8, number(2, OPSET)),
  ]);
}

/**
 * A ValueInfoProto.
 * @param {string} name
 * @param {number} side
 */
function matrix(name, side) {
  const FLOAT = 1;
  const dim = field(1, number(1, side));
  const tensor = [...number(1, FLOAT), ...field(2, [...dim, ...dim])];
  return [...field(1, text(name)), ...field(2, field(1, tensor))];
}

/** @param {string} value */
function text(value) {
  return [...TEXT.encode(value)];
}

/**
 * A field that holds bytes: its key and length, then they.
 * @param {number} id
 * @param {readonly number[]} bytes
 */
function field(id, bytes) {
  return [...varint(id * 8 + 2), ...varint(bytes.length), ...bytes];
}

/**
 * @param {number} id
 * @param {number} value
 */
function number(id, value) {
  return [...varint(id * 8), ...varint(value)];
}

/** @param {number} value */
function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

/** A text in the ways that it can come to stand somewhere. */
function encodingsOf(secret: string): [form: string, text: string][] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const percent = hex.replaceAll(/../g, '%$&');
  const codePoints = Array.from(secret, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [
    ['as it is', secret],
    ['in hexadecimal', hex],
    ['in upper-case hexadecimal', hex.toUpperCase()],
    ['URL-encoded', encodeURIComponent(secret)],
    ['form-encoded, underscores too', encodeURIComponent(secret).replaceAll('_', '%5F')],
    ['percent-encoded', percent],
    ['upper-case percent-encoded', percent.toUpperCase()],
    ['in JSON escapes', codePoints.join('')],
    ['backwards', Array.from(secret).reverse().join('')],
    ...[0, 1, 2].flatMap((offset) => inBase64(bytes, offset)),
  ];
}

/**
 * Inside of a longer text base64 looks different in each of three places, as three bytes make four characters: what of
 * it the secret alone decides, where it begins `offset` bytes behind a multiple of three.
 */
function inBase64(secret: Buffer, offset: number): [form: string, text: string][] {
  const padded = Buffer.concat([Buffer.alloc(offset), secret]);
  const own = padded.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((padded.length * 8) / 6));
  return [
    [`in base64, ${offset} bytes in`, own],
    [`in base64url, ${offset} bytes in`, own.replaceAll('+', '-').replaceAll('/', '_')],
  ];
}

/** Which secrets, by their names, stand in a text or a file's bytes, and how. */
export function findSecrets(secrets: Readonly<Record<string, string>>, where: string | Buffer): string[] {
  const text = typeof where === 'string' ? where : where.toString('latin1');
  return Object.entries(secrets).flatMap(([name, secret]) =>
    encodingsOf(secret)
      .filter(([form, encoded]) => (form === 'as it is' || encoded !== secret) && text.includes(encoded))
      .map(([form]) => `${name} ${form}`),
  );
}

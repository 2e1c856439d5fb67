import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The files of a certificate that vouches for itself, and of its key. */
export interface Certificate {
  readonly key: string;
  readonly certificate: string;
}

/** Makes one in a directory. Nobody trusts it unless told to. */
export async function makeCertificate(directory: string, subjectAltName = 'IP:127.0.0.1'): Promise<Certificate> {
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  const names = ['-subj', '/CN=latchkey tests', '-addext', `subjectAltName=${subjectAltName}`];
  await promisify(execFile)('openssl', [...words, ...names, '-keyout', key, '-out', certificate]);
  return { key, certificate };
}

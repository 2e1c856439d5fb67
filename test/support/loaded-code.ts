/**
 * Imported by Node before a process's own code (`--import`): writes what the process loads, when it ends, to the file that
 * LOADED_CODE_TO names.
 */
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** What a process loaded. */
export interface LoadedCode {
  /** The files of this project and its packages, as URLs. */
  readonly files: readonly string[];
  /** Node's own modules, those within Node too, as Node names them. */
  readonly builtins: readonly string[];
}

const files: string[] = [];
registerHooks({
  load(url, context, next) {
    files.push(url);
    return next(url, context);
  },
});
process.on('exit', () => {
  const { moduleLoadList } = process as NodeJS.Process & { readonly moduleLoadList: readonly string[] };
  const loaded: LoadedCode = { files, builtins: [...moduleLoadList] };
  writeFileSync(process.env.LOADED_CODE_TO ?? '', JSON.stringify(loaded));
});

/**
 * Node's `http`, without what an `import` of it costs: that reads every export to bind it, and so loads the whole HTTP
 * client undici for the sake of `WebSocket`, 40 ms of a start.
 */
export const http = process.getBuiltinModule('node:http');

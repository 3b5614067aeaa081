// A server that answers requests over HTTP with a greeting.
const http = require("http");
const server = http.createServer((request, response) => response.end("hello " + request.url + "\n"));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

// njs: asks the issuer about the token (RFC 7662), checks its audience and the scope that the method needs.
const NEEDS = { GET: 'api:read', POST: 'api:write', DELETE: 'api:admin' };

function introspect(r) {
  r.subrequest('/_introspection', function (reply) {
    let answer = {};
    try {
      answer = JSON.parse(reply.responseText);
    } catch (e) {
      r.return(500);
      return;
    }
    // 400: a token that the issuer can't introspect, such as a JWT, is none of this gateway's
    if (reply.status !== 200 && reply.status !== 400) {
      r.return(500);
    } else if (answer.active !== true || (r.variables.audience && answer.aud !== r.variables.audience)) {
      r.headersOut['WWW-Authenticate'] = 'Bearer error="invalid_token"';
      r.return(401);
    } else if ((answer.scope || '').split(' ').indexOf(NEEDS[r.variables.request_method]) < 0) {
      r.return(403);
    } else {
      r.return(204);
    }
  });
}

export default { introspect };

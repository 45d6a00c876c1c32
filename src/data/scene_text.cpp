#include "data/scene_text.h"

#include <array>
#include <charconv>
#include <map>

#include "core/check.h"
#include "data/grammar.h"

namespace imagine::data {
namespace {

using std::string;

/// Linear RGB, in the order of colours().
constexpr std::array<const char*, 12> kPaints = {
    ".70,.04,.04", ".05,.12,.65", ".05,.40,.10", ".80,.58,.04", ".35,.07,.50", ".04,.50,.55",
    ".85,.30,.03", ".26,.11,.04", ".26,.26,.27", ".85,.85,.85", ".02,.02,.02", ".85,.35,.50"};

string number(double value) {
  char text[32];  // std::to_chars knows no locale
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 4).ptr;
  return {text, end};
}

string vector(Vec3 v) { return concat("<", number(v.x), ",", number(v.y), ",", number(v.z), ">"); }

string paint(const string& colour) {
  const auto index = &colour_named(colour) - colours().data();
  return concat("pigment{rgb<", kPaints[std::size_t(index)], ">}");
}

string texture(const Body& body) {
  if (body.material == "wood") {
    return "texture{pigment{wood color_map{[0 rgb<.40,.20,.08>][1 rgb<.60,.36,.17>]}"
           " turbulence .06 scale .14 rotate<80,10,20>}"
           " finish{ambient .1 diffuse .8 specular .1}}";
  }
  const auto finish =
      body.material == "metal"    ? "ambient .03 diffuse .42 specular .9 roughness .008 metallic"
                                    " reflection{.35,.6 metallic}"
      : body.material == "glossy" ? "ambient .1 diffuse .75 specular .5 roughness .012"
                                    " reflection{.02,.25 fresnel} conserve_energy"
                                  : "ambient .1 diffuse .8 specular .06 roughness .08";
  const auto interior = body.material == "glossy" ? " interior{ior 1.4}" : "";
  return concat("texture{", paint(body.colour), " finish{", finish, "}}", interior);
}

string shape(const Body& body) {
  const double s = body.size;
  const auto n = number;
  if (body.shape == "sphere") return concat("sphere{<0,", n(s), ",0>,", n(s));
  if (body.shape == "cube") {
    return concat("superellipsoid{<.1,.1> scale ", n(0.8 * s), " translate y*", n(0.8 * s));
  }
  if (body.shape == "cylinder") return concat("cylinder{0,y*", n(1.7 * s), ",", n(0.8 * s));
  if (body.shape == "cone") return concat("cone{0,", n(0.9 * s), ",y*", n(1.8 * s), ",0");
  return concat("torus{", n(0.75 * s), ",", n(0.28 * s), " translate y*", n(0.28 * s));
}

string text_of(const Body& body) {
  return concat(shape(body), " ", texture(body), " rotate y*", number(body.turn), " translate",
                vector({body.x, 0, body.z}), "}\n");
}

string ground_texture(const string& name) {
  static const std::map<string, string> textures = {
      {"grass",
       "pigment{granite color_map{[0 rgb<.08,.20,.03>][.5 rgb<.16,.36,.06>]"
       "[1 rgb<.30,.50,.12>]} scale .25} normal{granite .9 scale .08}"},
      {"sand",
       "pigment{granite color_map{[0 rgb<.60,.47,.28>][1 rgb<.85,.72,.50>]} scale .5}"
       " normal{wrinkles .4}"},
      {"snow",
       "pigment{rgb<.90,.93,.98>} normal{wrinkles .3 scale 1.2} finish{ambient .2 diffuse .8}"},
      {"wood",
       "pigment{wood color_map{[0 rgb<.28,.14,.06>][.5 rgb<.45,.26,.12>][1 rgb<.50,.30,.15>]}"
       " turbulence .03 scale<.22,.22,3> translate<.3,4,0> rotate y*90}"
       " finish{ambient .1 diffuse .8 reflection .03}"},
      {"stone",
       "pigment{crackle color_map{[0 rgb .15][.08 rgb .15][.12 rgb<.42,.40,.38>]"
       "[1 rgb<.60,.57,.53>]} scale .9} normal{granite .2}"},
      {"checkered",
       "pigment{checker rgb<.85,.83,.80> rgb<.15,.15,.17> scale .9}"
       " finish{ambient .1 diffuse .8 reflection .08}"},
      {"brick",
       "pigment{brick rgb .6, rgb<.50,.18,.10> brick_size<1.2,.4,.6> mortar .06 rotate x*90}"},
      {"water",
       "pigment{rgb<.03,.14,.20>} normal{ripples .25} finish{ambient .1 diffuse .8"
       " reflection .4}"},
  };
  return textures.at(name);
}

string text_of_ground(const Scene& scene) {
  // The planks' rings lie about an axis under the floor: they may only be moved along it.
  const double across = scene.ground == "wood" ? 0 : 0.7 * scene.ground_shift;
  return concat("plane{y,0 texture{", ground_texture(scene.ground), " scale .8 translate",
                vector({scene.ground_shift, 0, across}), "}}\n");
}

string text_of_sky(const Scene& scene) {
  const auto gradient = scene.sunset
                            ? "[0 rgb<.85,.45,.22>][.25 rgb<.55,.32,.35>][1 rgb<.10,.12,.30>]"
                            : "[0 rgb<.55,.65,.80>*.8][1 rgb<.25,.45,.80>*.7]";
  return concat("sky_sphere{pigment{gradient y color_map{", gradient,
                "}} pigment{bozo turbulence .8 octaves 4 color_map{[0 rgbt 1][.5 rgbt 1]"
                "[1 rgbt<.9,.9,.9,.3>]} scale<.4,.15,.4> translate x*",
                number(scene.sky_shift), "}}\n");
}

/// Type 2 lies on the ground, in the horizon's colour: it softens what is far and leaves the sky.
string text_of_fog(const Scene& scene) {
  const auto horizon = scene.sunset ? "<.85,.45,.22>" : "<.44,.52,.64>";
  return concat("fog{fog_type 2 distance 60 fog_alt .4 rgb", horizon, "}\n");
}

string text_of_lights(const Scene& scene) {
  const auto light = vector(scene.light);
  if (scene.kind == SceneKind::backdrop) {
    const auto colour = scene.sunset ? "<1.3,.85,.5>" : "<1.35,1.28,1.15>";
    return concat("light_source{", light, " rgb", colour, "}\nlight_source{",
                  vector({-scene.light.x, 50, -40}), " rgb .3 shadowless}\n");
  }
  // Far away, so that the ground is lit evenly; adaptive 0 halves the time of adaptive 1.
  return concat("light_source{", light,
                " rgb<1,.95,.87>*1.15 area_light x*11,z*11,4,4 adaptive 0 circular orient}\n"
                "light_source{",
                vector({-scene.light.x, 25, -30}), " rgb<.16,.18,.22> shadowless}\n");
}

}  // namespace

std::string povray_text(const Scene& scene) {
  const auto& camera = scene.camera;
  auto text = concat("#version 3.7;\nglobal_settings{assumed_gamma 1 max_trace_level 5}\n",
                     "#default{finish{ambient .1 diffuse .8}}\n", "camera{right x up y location",
                     vector(camera.position), " look_at", vector(camera.target), " angle ",
                     number(camera.angle), "}\n", text_of_sky(scene), text_of_fog(scene),
                     text_of_lights(scene), text_of_ground(scene));
  for (const auto& body : scene.bodies) text += text_of(body);
  return text;
}

}  // namespace imagine::data
